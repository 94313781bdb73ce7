"""Cells as text, for the renderers that write text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.report.numbers import Speed
from harness.report.table import LOGPROB, Cell, Group, MainTable, Row
from harness.statistics import Comparison


def beside(number: str, below: str) -> str:
    """A number and what is known about it, on one line."""
    return f"{number} {below}".rstrip()


@dataclass(frozen=True)
class Spelling:
    """How a format writes text, a minus sign, the star of significance, and a number that does not exist.

    `stack` puts an interval (or nothing) below or beside its number.
    """

    escape: Callable[[str], str]
    minus: str
    star: str
    undefined: str
    stack: Callable[[str, str], str] = beside

    def number(self, value: float, decimals: int) -> str:
        """Fixed decimals; what rounds to zero has no sign."""
        text = f"{value:.{decimals}f}"
        return text.lstrip("-") if float(text) == 0 else text.replace("-", self.minus)

    def interval(self, low: float, high: float, decimals: int) -> str:
        return f"[{self.number(low, decimals)}, {self.number(high, decimals)}]"

    def bracket(self, cell: Cell) -> str:
        """What is known about the cell's value: an interval, or "[0 of 9,120: below 0.33]"; may be empty."""
        interval, decimals = cell.estimate.interval, cell.column.decimals
        if interval is None:
            return ""
        if cell.unseen_in:
            return f"[{cell.unseen_in}: below {self.number(interval.high, decimals)}]"
        return self.interval(interval.low, interval.high, decimals)


def header(table: MainTable) -> list[str]:
    """Column titles, in the order in which `rows` gives cells."""
    titles = []
    for column in table.columns:
        titles.append(column.title)
        if column.metric == LOGPROB:
            titles.append("log-prob − Plain, equivalence")
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
        texts.append(_cell(row.cell(column.metric), row, spelling))
        if column.metric == LOGPROB:
            texts.append(_difference(row.logprob, spelling))
    return texts


def _cell(cell: Cell | None, row: Row, spelling: Spelling) -> str:
    if cell is None or cell.estimate.value is None:
        return spelling.undefined
    value = spelling.number(cell.estimate.value, cell.column.decimals)
    n = cell.estimate.n
    few = "" if n in (row.prompts, row.texts) else f"(n = {n})"
    marked = f"{value}{spelling.star if cell.marker else ''}"
    return spelling.stack(marked, " ".join(filter(None, (spelling.bracket(cell), few))))


def _difference(comparison: Comparison | None, spelling: Spelling) -> str:
    if comparison is None:
        return spelling.undefined
    interval = comparison.interval
    bracket = "" if interval is None else spelling.interval(interval.low, interval.high, 3)
    verdict = "" if comparison.equivalence is None else comparison.equivalence.verdict
    return spelling.stack(spelling.number(comparison.difference, 3), ", ".join(filter(None, (bracket, verdict))))


def _speed(speed: Speed | None, spelling: Spelling) -> str:
    if speed is None:
        return spelling.undefined
    return spelling.stack(spelling.number(speed.ratio, 2), spelling.interval(speed.low, speed.high, 2))
