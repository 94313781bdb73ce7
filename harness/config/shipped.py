"""What lies at the top of the repository and is read at run time; in a wheel it lies inside the package (setup.py)."""

from pathlib import Path

_HERE = Path(__file__).resolve().parents[1]
DATA = _HERE / "data"  # of the package: embedded models, prompts, lists


def shipped(name: str) -> Path:
    """The file or folder `name` of this installation: "conf", "docs/METRICS.md"."""
    inside = _HERE / name
    return inside if inside.exists() else _HERE.parent / name
