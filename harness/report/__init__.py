"""What a sweep says: tables, figures, one self-contained page. Reads run folders; needs no model."""

from __future__ import annotations

from pathlib import Path


def build_report(sweep_folder: Path) -> Path:
    """Write tables, figures and report.html beside the folder's sweep.json, each in one step; returns the page's path.

    Raise InputError when the folder has no readable sweep.json.
    """
    # Here, because matplotlib takes a second that readers of the table alone need not wait for.
    from harness.report.build import build

    return build(sweep_folder)
