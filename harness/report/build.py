"""All files of a report, from one reading of the sweep."""

from __future__ import annotations

from pathlib import Path

from harness.records import write_atomic
from harness.report.figures import draw_figures
from harness.report.findings import read_findings
from harness.report.html import render_html
from harness.report.render_csv import render_csv
from harness.report.render_displacement import render_displacement
from harness.report.render_latex import render_latex
from harness.report.render_markdown import render_markdown


def build(sweep_folder: Path) -> Path:
    """Same folders, same bytes. The page comes last: while it is missing, the report is not finished."""
    findings = read_findings(sweep_folder)
    pictures = draw_figures(findings)
    files: dict[str, str | bytes] = {
        "table.md": render_markdown(findings.table),
        "table.tex": render_latex(findings.table),
        "table.csv": render_csv(findings.sweep, findings.numbers),
        "displacement.csv": render_displacement(findings.sweep),
        **{f"{picture.name}.png": picture.png for picture in pictures},
        **{f"{picture.name}.pdf": picture.pdf for picture in pictures},
        "report.html": render_html(findings, pictures),
    }
    for name, content in files.items():
        write_atomic(sweep_folder / name, content)
    return sweep_folder / "report.html"
