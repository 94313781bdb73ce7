"""The waste of every arm as a table of the page."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report.findings import Findings
from harness.report.table_view import SPELLING, CellView, GroupView, Head, RowView, TableView, sentences_of
from harness.report.waste_view import CAPTION, HEADS, MODEL_SHARE, WASTED, WasteGroup, WasteRow, view_waste

KIND = "wasted forward passes, in how many rewinds of this kind"
DISCARDED = "cost.discarded_fraction"


@dataclass(frozen=True)
class WasteView:
    """The section "Where the waste is": the table, and the reasons in detail."""

    table: TableView
    groups: tuple[WasteGroup, ...]


def view_waste_table(findings: Findings) -> WasteView:
    groups = view_waste(findings, SPELLING)
    heads = tuple(Head(title, definition) for title, definition in zip(HEADS, _definitions(), strict=True))
    rows = tuple(GroupView(group.title, tuple(map(_row, group.rows))) for group in groups)
    return WasteView(TableView(heads, rows, CAPTION), groups)


def _definitions() -> tuple[str, ...]:
    """In the order of HEADS."""
    known = sentences_of((WASTED.metric, DISCARDED, MODEL_SHARE))
    share = "wasted forward passes / all forward passes"
    return known[WASTED.metric], share, KIND, KIND, KIND, known[DISCARDED], known[MODEL_SHARE]


def _row(row: WasteRow) -> RowView:
    *cells, last = row.cells
    return RowView(row.name, row.colour, (*map(CellView, cells), CellView(last, hint=row.hint)))
