"""table.txt: what of the main table fits a terminal, at most a hundred columns, with intervals below their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import chain

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.report.spelling import Spelling, header, rows
from harness.report.table import MainTable
from harness.visible import unbroken

WIDTH = 100
NARROWEST = 48  # a name and a number
GAP = 2
NAMES = 26  # columns for a strategy's name, which goes on in the next line
NARROW = 11  # a title's words go below each other


def _below(number: str, known: str) -> str:
    """A bound is long, and has a line for each half."""
    return "\n".join(filter(None, (number, *known.replace(": ", ":\n").split("\n"))))


SPELLING = Spelling(escape=unbroken, minus="−", star="*", undefined="–", stack=_below)


def render_text(table: MainTable, primary: Sequence[str], columns: int = WIDTH) -> str:
    """Columns of `primary` metrics come first, then the others as long as there is room; what is left out is named."""
    width = max(min(columns, WIDTH), NARROWEST)
    titles = header(table)[2:]
    body = [[cells[1:] for cells in rows(group, table, SPELLING)] for group in table.groups]
    widths = [_width(cells) for cells in zip(*chain.from_iterable(body), strict=True)][1:] or [NARROW] * len(titles)
    shown = _fitting(widths, _by_rank(table, titles, primary), width)
    console = Console(file=StringIO(), width=width, color_system=None, markup=False, highlight=False, emoji=False)
    console.print(_grid([["", *(titles[i] for i in shown)]], [widths[i] for i in shown]))
    for group, lines in zip(table.groups, body, strict=True):
        console.print(f"\n{unbroken(group.title)}", overflow="fold")
        cells = [[line[0], *(line[1:][i] for i in shown)] for line in lines]
        console.print(_grid(cells, [widths[i] for i in shown]))
    for line in _notes(table, [title for i, title in enumerate(titles) if i not in shown]):
        console.print(line, overflow="fold")
    assert isinstance(console.file, StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def _by_rank(table: MainTable, titles: Sequence[str], primary: Sequence[str]) -> list[int]:
    """Indices of `titles`, the most wanted first. What is no column of a metric comes last."""
    metric = {column.title: column.metric for column in table.columns}
    rank = {name: place for place, name in enumerate(primary)}
    last = len(titles)
    return sorted(
        range(len(titles)), key=lambda i: (titles[i] not in metric, rank.get(metric.get(titles[i], ""), last), i)
    )


def _fitting(widths: Sequence[int], wanted: Sequence[int], width: int) -> list[int]:
    """As many of the `wanted` columns, in the table's order, as there is room for."""
    room, found = width - NAMES, []
    for i in wanted:
        if widths[i] + GAP <= room:
            room -= widths[i] + GAP
            found.append(i)
    return sorted(found)


def _width(cells: Sequence[str]) -> int:
    return max(NARROW, *(cell_len(line) for cell in cells for line in cell.split("\n")))


def _grid(lines: Sequence[Sequence[str]], widths: Sequence[int]) -> Table:
    grid = Table.grid(padding=(0, 0, 0, GAP), pad_edge=False)
    grid.add_column(width=NAMES, overflow="fold")
    for width in widths:
        grid.add_column(width=width + GAP, justify="right", overflow="fold")
    for line in lines:
        grid.add_row(*map(Text, line))
    return grid


def _notes(table: MainTable, left_out: Sequence[str]) -> Iterator[str]:
    yield "\n* differs from plain, corrected for all comparisons. Brackets: 95 % intervals."
    if left_out:
        yield f"Not shown here: {'; '.join(left_out)}. They are in table.md and report.html."
    for job in table.unfinished:
        yield f"no row: {unbroken(job.label)}: {unbroken(job.state)} {unbroken(job.error)}".rstrip()
