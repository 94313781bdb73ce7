"""Columns that fit a terminal: names are cut before a column is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len

from harness.progress.row import Row

GAP = 2  # between columns


@dataclass(frozen=True)
class Column:
    """What it is called, what it says of a row, and how wide it is; it may be cut to `least`.

    Where there is no room for all, those of the highest `rank` go first.
    """

    head: str
    says: Callable[[Row], str]
    width: int
    least: int
    rank: int
    is_number: bool = True


def numbers(head: str, says: Callable[[Row], str], width: int, rank: int) -> Column:
    """A column that is never cut: half a number is none."""
    wide = max(width, cell_len(head))
    return Column(head, says, wide, wide, rank)


def words(head: str, says: Callable[[Row], str], rows: Iterable[Row], least: int, rank: int) -> Column:
    """A column as wide as the longest of its cells, whether these are on the screen or not."""
    width = max([cell_len(head), *(cell_len(says(row)) for row in rows)])
    return Column(head, says, width, min(least, width), rank, is_number=False)


def fitted(columns: Sequence[Column], width: int) -> list[Column]:
    """The columns that fit into `width`, the widest words cut first."""
    kept = list(columns)
    while len(kept) > 1 and _width([column.least for column in kept]) > width:
        kept.remove(max(kept, key=lambda column: column.rank))
    while (over := _width([column.width for column in kept]) - width) > 0 and any(c.width > c.least for c in kept):
        widest = max((c for c in kept if c.width > c.least), key=lambda column: column.width)
        others = [c.width for c in kept if c.width > c.least and c.width < widest.width]
        cut = min(over, max(widest.width - max(others, default=widest.least), 1), widest.width - widest.least)
        kept[kept.index(widest)] = replace(widest, width=widest.width - cut)
    return kept


def _width(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)
