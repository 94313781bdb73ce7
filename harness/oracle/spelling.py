"""Cells of the oracle's table as text, for Markdown and LaTeX."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.oracle.fidelity import FOLLOWED
from harness.oracle.table import COLUMNS, Column, LawTable, Row
from harness.report import render_latex, render_markdown
from harness.report.spelling import Spelling

ZERO = 1e-10  # below it a number of these sums is rounding


@dataclass(frozen=True)
class Signs:
    """What a format writes beside plain numbers."""

    spelling: Spelling
    infinity: str
    about: str


MARKDOWN = Signs(render_markdown.SPELLING, "∞", "≈")
LATEX = Signs(render_latex.SPELLING, r"$\infty$", r"$\approx$")


def heads() -> list[str]:
    return ["model", "strategy", *(column.title for column in COLUMNS)]


def rows(table: LawTable, signs: Signs) -> list[list[list[str]]]:
    """Cells by group and row; the model's name stands in the first row of its group."""
    return [
        [
            [
                signs.spelling.escape(group.model) if row is group.rows[0] else "",
                signs.spelling.escape(row.label),
                *(_cell(row, column, signs) for column in COLUMNS),
            ]
            for row in group.rows
        ]
        for group in table.groups
    ]


def _cell(row: Row, column: Column, signs: Signs) -> str:
    value, cut = column.value(row.found), row.found.residual > FOLLOWED
    if value is None:
        return signs.spelling.undefined
    if column.name == "residual":
        return f"{value:.1g}".replace("-", signs.spelling.minus) if value > 0 else "0"
    marked = cut and column.name != "minus_log_z"
    return f"{signs.about if marked else ''}{_number(value, signs)}"


def _number(value: float, signs: Signs) -> str:
    if value == math.inf:
        return signs.infinity
    return "0" if abs(value) < ZERO else signs.spelling.number(value, 4)
