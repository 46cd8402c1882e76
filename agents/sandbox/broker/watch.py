"""The small process between us and a broker: the broker ends when its parent does, however that ends.

Run by path, with the standard library alone: ``python watch.py GRACE PARENT COMMAND…``. It starts the command, writes
its process id to standard output, and then waits for one of two things.

The command ends: so do we, with its exit code. The parent ends (our standard input closes, which even ``kill -9``
brings about, or we have another parent): the workers, who see their own pipe close in that same moment, get ``GRACE``
seconds to go first, because the SIGTERM of an only broker in the middle of a commit can leave half a transaction
visible (KAFKA-20734). Then SIGTERM, ten seconds, SIGKILL.

When we ourselves are killed, Linux kills the command (PR_SET_PDEATHSIG). On other systems it stays behind, and keeps
the lock of its folder: the next start on that folder is refused.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_PATIENCE = 10.0  # seconds between SIGTERM and SIGKILL


def main(arguments: list[str]) -> int:
    """Run the command until it or the parent ends; the exit code is the command's, 128 and more for a signal."""
    grace, parent, command = float(arguments[0]), int(arguments[1]), arguments[2:]
    ours = os.getpid()
    prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None

    def die_with_us() -> None:
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != ours:  # we were killed between fork and prctl
                os._exit(1)

    # The command's death signal is bound to the thread that starts it: this one, which stays until it has ended.
    # It inherits what we were given to pass on (the lock of its folder), so that it holds it for as long as it lives.
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=2, preexec_fn=die_with_us, close_fds=False
    ) as process:
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        sys.stdout.write(f"{process.pid}\n")
        sys.stdout.flush()
        threading.Thread(target=_see_off, args=(process, parent, grace), daemon=True).start()
        code = process.wait()
    return code if code >= 0 else 128 - code


def _see_off(process: subprocess.Popen[bytes], parent: int, grace: float) -> None:
    while os.getppid() == parent:
        # Another process forked from the parent may hold the pipe open: look at the parent itself once a second.
        if select.select([0], [], [], 1.0)[0] and not os.read(0, 64):
            break
    time.sleep(grace)
    process.send_signal(signal.SIGCONT)  # a frozen broker could not hear the next one
    process.terminate()
    time.sleep(_PATIENCE)
    process.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
