"""A former revision of the program, out of the history of this clone, to upgrade from."""

from __future__ import annotations

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).parents[2]
BEFORE_GROUPS = "d77cc08"  # the last with one lane a partition


def there(revision: str = BEFORE_GROUPS) -> bool:
    """Whether this clone has it."""
    found = subprocess.run(
        ["git", "cat-file", "-e", f"{revision}^{{commit}}"], cwd=ROOT, check=False, capture_output=True
    )
    return found.returncode == 0


def checked_out(revision: str = BEFORE_GROUPS) -> Path:
    """A folder with the files of that revision. Raises RuntimeError where this clone's history does not reach it."""
    folder = ROOT / ".data" / "revisions" / revision
    if not (folder / ".whole").exists():
        if not there(revision):
            raise RuntimeError(
                f"revision {revision} is not in this clone: fetch its history (git fetch --unshallow), and try again"
            )
        packed = subprocess.run(["git", "archive", revision], cwd=ROOT, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        (folder / ".whole").touch()
    return folder
