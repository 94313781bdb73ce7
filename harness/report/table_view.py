"""The main table for the page: the numbers of `table.py`, spelled, with the comparison in reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.report.definitions import definitions
from harness.report.findings import Findings
from harness.report.numbers import Compared, Speed
from harness.report.spelling import Spelling
from harness.report.table import Cell, Row
from harness.statistics.interval import LEVEL

SPELLING = Spelling(escape=str, minus="−", star="*", undefined="–")


@dataclass(frozen=True)
class CellView:
    """`interval` and `difference` may be empty; `hint` says how they were made."""

    value: str
    star: str = ""
    interval: str = ""
    difference: str = ""
    hint: str = ""


@dataclass(frozen=True)
class RowView:
    name: str
    colour: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True)
class GroupView:
    title: str
    rows: tuple[RowView, ...]


@dataclass(frozen=True)
class Head:
    """A column's title, and what its numbers are."""

    title: str
    definition: str


@dataclass(frozen=True)
class TableView:
    heads: tuple[Head, ...]
    groups: tuple[GroupView, ...]
    caption: str


SPEED = Head(
    "tok/s ratio",
    "throughput.tok_per_s_ratio ↑: median over timed segments of kept tokens per second / Plain's median, on this "
    "machine's clock; in brackets the slowest and the fastest segment",
)
PROMPTS = Head("n", "prompts: the unit that is resampled and paired")
METHODS = {
    "bca": "the bootstrap (BCa)",
    "percentile": "the bootstrap (percentiles)",
    "rule_of_three": "the rule of three",
    "jackknife": "the jackknife",
}


def view_table(findings: Findings) -> TableView:
    """Columns as in table.md, but that a difference stands under its number."""
    table = findings.table
    groups = [
        GroupView(group.title, tuple(_row(findings, row) for row in group.rows)) for group in findings.table.groups
    ]
    sentences = sentences_of(column.metric for column in table.columns)
    heads = [Head(column.title, sentences.get(column.metric, column.metric)) for column in table.columns]
    return TableView((*heads, SPEED, PROMPTS), tuple(groups), table.caption)


def sentences_of(metrics: Iterable[str]) -> dict[str, str]:
    """Metric → its definition in a sentence."""
    return {found.metric: found.sentence for found in definitions(set(metrics))}


def _row(findings: Findings, row: Row) -> RowView:
    cells = [_cell(row.cell(column.metric)) for column in findings.table.columns]
    cells += [_speed(row.speed), CellView(str(row.prompts))]
    return RowView(row.name, findings.colours[row.name], tuple(cells))


def _cell(cell: Cell | None) -> CellView:
    if cell is None or cell.estimate.value is None:
        return CellView(SPELLING.undefined, hint=(cell.estimate.reason or "") if cell else "not measured")
    decimals = cell.column.decimals
    return CellView(
        value=SPELLING.number(cell.estimate.value, decimals),
        star=cell.marker,
        interval=SPELLING.bracket(cell),
        difference=_difference(cell.compared, decimals) if cell.compared else "",
        hint="\n".join(_hints(cell)),
    )


def _difference(compared: Compared, decimals: int) -> str:
    comparison = compared.comparison
    value = SPELLING.number(comparison.difference, decimals)
    if comparison.interval is None:
        return value
    return f"{value} {SPELLING.interval(comparison.interval.low, comparison.interval.high, decimals)}"


def _hints(cell: Cell) -> Iterator[str]:
    interval = cell.estimate.interval
    made = "no interval" if interval is None else f"{LEVEL:.0%} interval by {METHODS[interval.method]}"
    yield f"n = {cell.estimate.n}; {made}"
    if cell.compared:
        yield from _compared(cell.compared)


def _compared(compared: Compared) -> Iterator[str]:
    comparison = compared.comparison
    yield f"against Plain on {comparison.n} prompts: p = {comparison.p:.2g}"
    yield f"corrected ({compared.correction}) p = {compared.p_adjusted:.2g}"
    if comparison.relative is not None:
        yield f"relative change {comparison.relative.value:+.0%}"
    if comparison.d_z is not None:
        yield f"d_z = {comparison.d_z:.2f}"
    yield f"Cliff's delta = {comparison.cliffs_delta:.2f}"
    yield f"detectable {comparison.detectable:.2g}"
    if comparison.equivalence is not None:
        yield f"within ±{comparison.equivalence.margin} of Plain: {comparison.equivalence.verdict}"


def _speed(speed: Speed | None) -> CellView:
    if speed is None:
        return CellView(SPELLING.undefined)
    span = SPELLING.interval(speed.low, speed.high, 2)
    return CellView(SPELLING.number(speed.ratio, 2), interval=span, hint="slowest and fastest timed segment")
