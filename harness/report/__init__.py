"""What a sweep says: tables, figures, one self-contained page. Reads run folders; needs no model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.store.schema import read_record


def build_report(sweep_folder: Path) -> Path:
    """Write tables, figures and report.html beside the folder's sweep.json, each in one step; returns the page's path.

    Raise InputError when the folder has no readable sweep.json.
    """
    if _holds_laws(sweep_folder):
        from harness.oracle.report import build_law_report

        return build_law_report(sweep_folder)
    # Here, because matplotlib takes a second that readers of the table alone need not wait for.
    from harness.report.build import build

    return build(sweep_folder)


def build_side_by_side(sweep_folders: Sequence[Path], out: Path) -> Path:
    """Write one report of several sweeps into `out`; returns the page's path. Raise InputError."""
    from harness.report.build import build_together

    return build_together(sweep_folders, out)


def _holds_laws(sweep_folder: Path) -> bool:
    """Its sweep computed laws (`task: law`) instead of texts."""
    file = sweep_folder / "sweep.json"
    return file.is_file() and read_record(file).get("task") == "law"
