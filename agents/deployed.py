"""The files of deploy/ that travel with the program: from the wheel, or from the checkout beside it."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
_ROOT = _HERE / "_deploy" if (_HERE / "_deploy").is_dir() else _HERE.parent / "deploy"


def path(name: str) -> Path:
    """Where the file or folder ``name`` of deploy/ lies. Raises FileNotFoundError when the installation is broken."""
    found = _ROOT / name
    if not found.exists():
        raise FileNotFoundError(f"{name} is missing from the installation ({_ROOT}); install raised-risk again")
    return found


def text(name: str, instead: str = "") -> str:
    """The text of ``name``, or of the operator's own file ``instead`` where one is named."""
    return (Path(instead) if instead else path(name)).read_text(encoding="utf-8")
