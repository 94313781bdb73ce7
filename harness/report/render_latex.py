"""table.tex: a booktabs table for a two-column paper (`\\usepackage{booktabs}`, and graphicx for its width)."""

from __future__ import annotations

import re

from harness.report.spelling import Spelling, header, rows
from harness.report.table import MainTable

SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "[": "{[}",  # after a row's end, a bracket would be read as the row's extra height
    "−": "$-$",
    "–": "--",
    "—": "---",
    "’": "'",
}


def render_latex(table: MainTable) -> str:
    """A `table*` with caption and label; the groups are parted by a rule."""
    heads = header(table)
    groups = [[rf"{' & '.join(cells)} \\" for cells in rows(group, table, SPELLING)] for group in table.groups]
    body = [line for index, group in enumerate(groups) for line in ([r"\midrule", *group] if index else group)]
    return "\n".join(
        [
            r"% Needs \usepackage{booktabs,graphicx}",
            r"\begin{table*}",
            r"\centering",
            rf"\caption{{{escape(_caption(table))}}}",
            rf"\label{{tab:{label(table.experiment, table.sweep_id)}}}",
            r"\resizebox{\textwidth}{!}{%",
            rf"\begin{{tabular}}{{ll{'r' * (len(heads) - 2)}}}",
            r"\toprule",
            rf"{' & '.join(map(escape, heads))} \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}}",
            r"\end{table*}",
            "",
        ]
    )


def escape(text: str) -> str:
    """Text that LaTeX sets as it stands, on one line; what its default Latin fonts lack becomes a question mark."""
    return "".join(SPECIAL.get(char, char if _is_latin(char) else "?") for char in " ".join(text.split()))


def _is_latin(char: str) -> bool:
    return char.isprintable() and (char.isascii() or (char.isalpha() and char < "\u0180"))


SPELLING = Spelling(escape=escape, minus="$-$", star="$^{*}$", undefined="--")


def _caption(table: MainTable) -> str:
    jobs = "; ".join(f"{job.label} ({job.state})" for job in table.unfinished)
    return f"{table.caption} Jobs without a row: {jobs}." if jobs else table.caption


def label(experiment: str, sweep_id: str) -> str:
    """What a table is referred to by."""
    return re.sub(r"[^A-Za-z0-9-]", "-", f"{experiment}-{sweep_id}")
