"""All files of a report, from one reading of the sweep."""

from __future__ import annotations

from pathlib import Path

from harness.records import write_atomic
from harness.report.figures import draw_figures
from harness.report.findings import Findings, read_findings
from harness.report.html import render_html
from harness.report.render_csv import render_csv
from harness.report.render_displacement import render_displacement
from harness.report.render_latex import render_latex
from harness.report.render_markdown import SPELLING, render_markdown
from harness.report.render_waste import render_waste
from harness.report.render_waste_markdown import render_waste_markdown
from harness.report.waste_view import view_waste


def build(sweep_folder: Path) -> Path:
    """Same folders, same bytes. The page comes last: while it is missing, the report is not finished."""
    findings = read_findings(sweep_folder)
    pictures = draw_figures(findings)
    files: dict[str, str | bytes] = {
        "table.md": "\n".join([render_markdown(findings.table), *_waste_table(findings)]),
        "table.tex": render_latex(findings.table),
        "table.csv": render_csv(findings.sweep, findings.numbers),
        "displacement.csv": render_displacement(findings.sweep),
        "waste.csv": render_waste(findings),
        **{f"{picture.name}.png": picture.png for picture in pictures},
        **{f"{picture.name}.pdf": picture.pdf for picture in pictures},
        "report.html": render_html(findings, pictures),
    }
    for name, content in files.items():
        write_atomic(sweep_folder / name, content)
    return sweep_folder / "report.html"


def _waste_table(findings: Findings) -> list[str]:
    return [render_waste_markdown(view_waste(findings, SPELLING))] if findings.table.groups else []
