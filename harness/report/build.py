"""All files of a report, from one reading of the sweep."""

from __future__ import annotations

from pathlib import Path

from harness.records import write_atomic
from harness.report.numbers import numbers
from harness.report.render_csv import render_csv
from harness.report.render_latex import render_latex
from harness.report.render_markdown import render_markdown
from harness.report.sweep_data import read_sweep
from harness.report.table import main_table


def build(sweep_folder: Path) -> Path:
    """Same folders, same bytes. The page comes last: while it is missing or old, the report is not finished."""
    sweep = read_sweep(sweep_folder)
    found = numbers(sweep)
    table = main_table(sweep, found)
    write_atomic(sweep_folder / "table.md", render_markdown(table))
    write_atomic(sweep_folder / "table.tex", render_latex(table))
    write_atomic(sweep_folder / "table.csv", render_csv(sweep, found))
    page = sweep_folder / "report.html"
    write_atomic(page, "")
    return page
