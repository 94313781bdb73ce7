"""Names that users give to files and folders: what no file system can hold is not there, and never a traceback."""

from __future__ import annotations

from pathlib import Path


def user_path(text: str) -> Path:
    """`~` stands for the home folder, `~name` for that of a user, if there is one."""
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError:  # no such user
        return path


def is_file(path: Path) -> bool:
    """Also false for a name that is too long, holds a NUL, or lies where one may not look."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_dir(path: Path) -> bool:
    """The same for folders."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
