"""Cells as text, for the renderers that write text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.report.numbers import Speed
from harness.report.table import LOGPROB, Cell, Group, MainTable, Row
from harness.statistics import Interval


@dataclass(frozen=True)
class Spelling:
    """How a format writes text, a minus sign, the star of significance, and a number that does not exist."""

    escape: Callable[[str], str]
    minus: str
    star: str
    undefined: str

    def number(self, value: float, decimals: int) -> str:
        """Fixed decimals; what rounds to zero has no sign."""
        text = f"{value:.{decimals}f}"
        return text.lstrip("-") if float(text) == 0 else text.replace("-", self.minus)

    def interval(self, low: float, high: float, decimals: int) -> str:
        return f"[{self.number(low, decimals)}, {self.number(high, decimals)}]"


def header(table: MainTable) -> list[str]:
    """Column titles, in the order in which `rows` gives cells."""
    titles = []
    for column in table.columns:
        titles.append(column.title)
        if column.metric == LOGPROB:
            titles.append("log-prob − Plain")
    return ["model, decoding", "strategy", *titles, "tok/s ratio", "n"]


def rows(group: Group, table: MainTable, spelling: Spelling) -> list[list[str]]:
    """The group's cells; the group's title stands in its first row only."""
    titles = [spelling.escape(group.title), *[""] * (len(group.rows) - 1)]
    return [
        [
            title,
            spelling.escape(row.name),
            *_metrics(row, table, spelling),
            _speed(row.speed, spelling),
            str(row.prompts),
        ]
        for title, row in zip(titles, group.rows, strict=True)
    ]


def _metrics(row: Row, table: MainTable, spelling: Spelling) -> list[str]:
    texts = []
    for column in table.columns:
        texts.append(_cell(row.cell(column.metric), spelling))
        if column.metric == LOGPROB:
            texts.append(_difference(row.logprob_difference, spelling))
    return texts


def _cell(cell: Cell | None, spelling: Spelling) -> str:
    if cell is None or cell.estimate.value is None:
        return spelling.undefined
    value = spelling.number(cell.estimate.value, cell.column.decimals)
    interval = cell.estimate.interval
    bracket = "" if interval is None else f" {spelling.interval(interval.low, interval.high, cell.column.decimals)}"
    return f"{value}{spelling.star if cell.marker else ''}{bracket}"


def _difference(difference: tuple[float, Interval | None] | None, spelling: Spelling) -> str:
    if difference is None:
        return spelling.undefined
    value, interval = difference
    bracket = "" if interval is None else f" {spelling.interval(interval.low, interval.high, 3)}"
    return f"{spelling.number(value, 3)}{bracket}"


def _speed(speed: Speed | None, spelling: Spelling) -> str:
    if speed is None:
        return spelling.undefined
    return f"{spelling.number(speed.ratio, 2)} {spelling.interval(speed.low, speed.high, 2)}"
