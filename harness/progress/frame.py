"""The table of a sweep's jobs, as large as a terminal has room for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.progress.board import Board
from harness.progress.clock import clock
from harness.progress.columns import GAP, Column, fitted, numbers, words
from harness.progress.pace import Paces
from harness.progress.row import RUNNING, Row, State
from harness.progress.window import window
from harness.visible import unbroken

STYLES: dict[State, str] = {"loading": "bold", "writing": "bold", "failed": "red", "interrupted": "red"}
QUIET = "dim"  # rows where nothing happens
AROUND = 4  # lines that are no rows: title, heads, what is not shown, the sums
SHARE = 2 / 3  # of the terminal's height; what was said before stays in sight


def frame(board: Board, width: int, height: int) -> RenderableType:
    """Title, rows, what is not shown, sums; only the sums where there is no room for more. Holds the board's lock."""
    with board.lock:
        room = int((height - 1) * SHARE) - AROUND
        if room < 1:
            return summary(board)
        shown = window([row.state for row in board.rows], room)
        rows = [board.rows[index] for index in shown]
        return Group(_title(board), _table(board, rows, width), *_hidden(board, set(shown)), summary(board))


def summary(board: Board) -> Text:
    """The whole sweep in a line."""
    with board.lock:
        return Text(" · ".join(_sums(board)), no_wrap=True, overflow="ellipsis")


def _sums(board: Board) -> Iterator[str]:
    states, (done, total) = board.states, board.texts
    yield f"{states['done']}/{len(board.rows)} cells"
    for state in ("failed", "interrupted"):
        if states[state]:
            yield f"{states[state]} {state}"
    yield f"{done}/{total} texts"
    if board.written:
        yield f"{board.tokens_per_second:.0f} tok/s"
    yield clock(board.now)
    if any(row.left for row in board.rows) and (left := board.seconds_left) is not None:
        yield f"about {clock(left)} left"


def _title(board: Board) -> Text:
    """The experiment, and what all jobs share and the table therefore leaves out."""
    shared = {column: names.pop() for column, names in _names(board).items() if len(names) == 1}
    title = Text(unbroken(board.experiment), "bold", no_wrap=True, overflow="ellipsis")
    return title.append("".join(f" · {name}" for name in shared.values()), "not bold")


def _names(board: Board) -> dict[str, set[str]]:
    """Column → the different names in it."""
    return {field: {getattr(row.name, field) for row in board.rows} for field in ("model", "settings")}


def _table(board: Board, rows: Sequence[Row], width: int) -> Table:
    columns = fitted(list(_columns(board)), width)
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="underline")
    for column in columns:
        table.add_column(
            column.head,
            justify="right" if column.is_number else "left",
            width=column.width,
            no_wrap=True,
            overflow="ellipsis",
        )
    for row in rows:
        table.add_row(*(Text(column.says(row)) for column in columns), style=STYLES.get(row.state, QUIET))
    return table


def _columns(board: Board) -> Iterator[Column]:
    """In the order in which they stand."""
    names, rows = _names(board), board.rows
    if len(names["model"]) > 1:
        yield words("model", lambda row: row.name.model, rows, least=8, rank=6)
    yield words("strategy", lambda row: row.name.strategy, rows, least=12, rank=0)
    if len(names["settings"]) > 1:
        yield words("settings", lambda row: row.name.settings, rows, least=5, rank=5)
    widest = max(len(str(row.total)) for row in rows)
    yield numbers("texts", lambda row: f"{row.done}/{row.total}", 2 * widest + 1, rank=2)
    if any(row.failed for row in rows):
        yield numbers("failed", lambda row: str(row.failed or ""), 6, rank=3)
    if any(row.job.phrases for row in rows):
        yield numbers("slop/1k", lambda row: _decimals(row.tally.slop, 2), 7, rank=3)
    yield numbers("rew/100", lambda row: _decimals(row.tally.rewinds, 2), 7, rank=4)
    yield numbers("tok/s", _speed, 6, rank=7)
    paces = Paces(rows)
    now = board.now
    yield words("state", lambda row: row.state, rows, least=7, rank=1)
    yield numbers("left", lambda row: _left(row, paces, now), 7, rank=8)


def _decimals(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}"


def _speed(row: Row) -> str:
    return f"{row.kept / row.seconds:.0f}" if row.written and row.seconds > 0 else ""


def _left(row: Row, paces: Paces, now: float) -> str:
    left = paces.left(row, now) if row.left and row.state in RUNNING else None
    return "" if left is None else clock(left)


def _hidden(board: Board, shown: set[int]) -> Iterator[Text]:
    """One line for the rows that are not shown, if there are any."""
    states = Counter(row.state for index, row in enumerate(board.rows) if index not in shown)
    if states:
        counts = ", ".join(f"{count} {state}" for state, count in states.most_common())
        yield Text(f"… {states.total()} more: {counts}", "dim", no_wrap=True, overflow="ellipsis")
