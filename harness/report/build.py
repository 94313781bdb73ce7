"""All files of a report, from one reading of the sweep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.errors import InputError
from harness.report.figures import draw_figures
from harness.report.findings import Findings, findings_of, read_findings
from harness.report.html import render_html
from harness.report.render_csv import render_csv
from harness.report.render_differences import render_differences
from harness.report.render_displacement import render_displacement
from harness.report.render_latex import render_latex
from harness.report.render_markdown import SPELLING, render_markdown
from harness.report.render_text import render_text
from harness.report.render_waste import render_waste
from harness.report.render_waste_markdown import render_waste_markdown
from harness.report.side_by_side import read_side_by_side
from harness.report.waste_view import view_waste
from harness.store.records import write_files


def build(sweep_folder: Path) -> Path:
    """Beside the sweep's own file. Same folders, same bytes."""
    return _write(read_findings(sweep_folder), sweep_folder)


def build_and_show(sweep_folder: Path, columns: int | None) -> tuple[Path, str]:
    """The same, and the table to print: what of it fits a terminal of so many columns, or for None all, in Markdown."""
    findings = read_findings(sweep_folder)
    page = _write(findings, sweep_folder)
    if columns is None:
        return page, (sweep_folder / "table.md").read_text(encoding="utf-8")
    return page, render_text(findings.table, findings.sweep.primary, columns)


def build_together(folders: Sequence[Path], out: Path) -> Path:
    """The same of several sweeps, into a folder of their own.

    Raise InputError for what cannot stand side by side, and for a folder that holds a sweep's own report.
    """
    if (out / "sweep.json").exists():
        raise InputError("--out", str(out), "holds a sweep and its own report; give another folder")
    return _write(findings_of(read_side_by_side(folders)), out)


def _write(findings: Findings, folder: Path) -> Path:
    """The page comes last: while it is missing, the report is not finished."""
    pictures = draw_figures(findings)
    files: dict[str, str | bytes] = {
        "table.md": "\n".join([render_markdown(findings.table), *_waste_table(findings), *_differences(findings)]),
        "table.txt": render_text(findings.table, findings.sweep.primary),
        "table.tex": render_latex(findings.table),
        "table.csv": render_csv(findings.sweep, findings.numbers),
        "displacement.csv": render_displacement(findings.sweep),
        "waste.csv": render_waste(findings),
        **{f"{picture.name}.png": picture.png for picture in pictures},
        **{f"{picture.name}.pdf": picture.pdf for picture in pictures},
        "report.html": render_html(findings, pictures),
    }
    write_files(folder, files)
    return folder / "report.html"


def _waste_table(findings: Findings) -> list[str]:
    return [render_waste_markdown(view_waste(findings, SPELLING))] if findings.table.groups else []


def _differences(findings: Findings) -> list[str]:
    return [render_differences(findings.sweep)] if findings.sweep.sources else []
