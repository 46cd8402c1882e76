"""The files of deploy/ that travel with the program: from the wheel, or from the checkout beside it."""

from __future__ import annotations

from pathlib import Path

from agents.errors import Misconfigured

_HERE = Path(__file__).parent
_ROOT = _HERE / "_deploy" if (_HERE / "_deploy").is_dir() else _HERE.parent / "deploy"


class FileUnreadable(Misconfigured):
    """A file that was named, or that came with the program, cannot be read as text; the message says which and why."""


def path(name: str) -> Path:
    """Where the file ``name`` of deploy/ lies. Raises FileNotFoundError when the installation is broken."""
    found = _ROOT / name
    if not found.exists():
        raise FileNotFoundError(f"{name} is missing from the installation ({_ROOT}); install raised-risk again")
    return found


def text(name: str, instead: str = "") -> str:
    """The text of ``name``, or of the operator's own file ``instead`` where one is named. Raises FileUnreadable."""
    file = Path(instead) if instead else path(name)
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise FileUnreadable(f"{file}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise FileUnreadable(f"{file}: is not text in UTF-8 (byte {error.start})") from None
