"""Columns that fit a terminal: names are shortened before a column is left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len

from harness.progress.row import Row
from harness.progress.shorten import cut, least_width, shortened

GAP = 2  # between columns


@dataclass(frozen=True)
class Column:
    """What it is called, what it says of a row, and how wide it is; it may be cut to `least`.

    Where there is no room for all, those of the highest `rank` go first. `names`: all that it may say, if these are
    names, which are shortened so that they stay apart.
    """

    head: str
    says: Callable[[Row], str]
    width: int
    least: int
    rank: int
    names: Collection[str] = ()
    is_number: bool = False

    def title(self) -> str:
        return self._padded(cut(self.head, self.width))

    def cell(self, row: Row) -> str:
        """As wide as the column."""
        said = self.says(row)
        return self._padded(shortened(self.names, self.width)[said] if self.names else cut(said, self.width))

    def _padded(self, text: str) -> str:
        fill = " " * (self.width - cell_len(text))
        return fill + text if self.is_number else text + fill


def numbers(head: str, says: Callable[[Row], str], width: int, rank: int) -> Column:
    """A column that is never cut: half a number is none."""
    wide = max(width, cell_len(head))
    return Column(head, says, wide, wide, rank, is_number=True)


def words(head: str, says: Callable[[Row], str], width: int, rank: int) -> Column:
    """A column of a fixed width, cut only where nothing else is left to go."""
    return Column(head, says, width, width, rank)


def names(head: str, says: Callable[[Row], str], among: Collection[str], most: int, rank: int) -> Column:
    """A column as wide as the longest of its names, whether these are on the screen or not.

    It is shortened down to `most` cells before a column is left out, and to less where no word is cut by that.
    """
    width = max(cell_len(head), *map(cell_len, among))
    return Column(head, says, width, min(max(cell_len(head), least_width(among)), most, width), rank, among)


def fitted(columns: Sequence[Column], width: int) -> list[Column]:
    """The columns that fit into `width`, the widest names cut first."""
    kept = list(columns)
    while len(kept) > 1 and _width([column.least for column in kept]) > width:
        kept.remove(max(kept, key=lambda column: column.rank))
    while (over := _width([column.width for column in kept]) - width) > 0 and any(c.width > c.least for c in kept):
        widest = max((c for c in kept if c.width > c.least), key=lambda column: column.width)
        others = [c.width for c in kept if c.width > c.least and c.width < widest.width]
        step = min(over, max(widest.width - max(others, default=widest.least), 1), widest.width - widest.least)
        kept[kept.index(widest)] = replace(widest, width=widest.width - step)
    return kept


def _width(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)
