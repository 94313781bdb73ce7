"""The oracle's report: table.md, table.tex, table.csv, and fidelity against cost as a figure."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from harness.oracle.figure import CAPTION, draw
from harness.oracle.record import as_record
from harness.oracle.spelling import LATEX, MARKDOWN, heads, rows
from harness.oracle.table import COLUMNS, LawTable, read_table
from harness.report import render_latex, render_markdown
from harness.report.csv_cells import cells
from harness.store.records import write_files

FIELDS = ("sweep_id", "job_id", "model", "strategy", "options", "metric", "value")


def build_law_report(sweep_folder: Path) -> Path:
    """Write all files beside the folder's sweep.json; returns the Markdown table's path. Same laws, same bytes."""
    table = read_table(sweep_folder)
    png, pdf = draw(table)
    files: dict[str, str | bytes] = {
        "table.tex": as_latex(table),
        "table.csv": as_csv(table),
        "fidelity_against_cost.png": png,
        "fidelity_against_cost.pdf": pdf,
        "table.md": as_markdown(table),
    }
    write_files(sweep_folder, files)
    return sweep_folder / "table.md"


def as_markdown(table: LawTable) -> str:
    escape = render_markdown.escape
    models = [f"- {escape(group.model)}: {escape(group.probes)}" for group in table.groups]
    missing = [f"Laws without a row: {escape('; '.join(table.missing))}.", ""] if table.missing else []
    lines = [
        f"# {escape(table.experiment)}",
        "",
        _line(list(map(escape, heads()))),
        _line(["---", "---", *["---:"] * len(COLUMNS)]),
        *(_line(cells) for group in rows(table, MARKDOWN) for cells in group),
        "",
        escape(table.caption),
        "",
        *models,
        "",
        *missing,
        "![fidelity against cost](fidelity_against_cost.png)",
        "",
        escape(CAPTION),
    ]
    return "\n".join(lines) + "\n"


def as_latex(table: LawTable) -> str:
    """A `table*`; the groups are parted by a rule."""
    groups = [[rf"{' & '.join(cells)} \\" for cells in group] for group in rows(table, LATEX)]
    body = [line for index, group in enumerate(groups) for line in ([r"\midrule", *group] if index else group)]
    return "\n".join(
        [
            r"% Needs \usepackage{booktabs,graphicx}",
            r"\begin{table*}",
            r"\centering",
            rf"\caption{{{_latex(table.caption)}}}",
            rf"\label{{tab:{render_latex.label(table.experiment, table.sweep_id)}}}",
            r"\resizebox{\textwidth}{!}{%",
            rf"\begin{{tabular}}{{ll{'r' * len(COLUMNS)}}}",
            r"\toprule",
            rf"{' & '.join(map(_latex, heads()))} \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}}",
            r"\end{table*}",
            "",
        ]
    )


SYMBOLS = {"‖": r"$\Vert$", "∞": r"$\infty$", "Σ": r"$\Sigma$", "½": r"$\frac12$", "≈": r"$\approx$"}


def _latex(text: str) -> str:
    """Escaped, with the signs of the captions as mathematics."""
    return "".join(SYMBOLS.get(char) or (" " if char == " " else render_latex.escape(char)) for char in text)


def as_csv(table: LawTable) -> str:
    """One row per law and number, in full; infinity is "inf", an undefined number an empty field."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FIELDS)
    for group in table.groups:
        for row in group.rows:
            options = json.dumps(row.job["options"], sort_keys=True, ensure_ascii=False)
            who = (table.sweep_id, row.job["job_id"], group.model, row.job["strategy"], options)
            record = as_record(row.found)
            writer.writerows(cells((*who, column.name, record[column.name])) for column in COLUMNS)
    return out.getvalue()


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
