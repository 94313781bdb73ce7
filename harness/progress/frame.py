"""The table of a sweep's jobs, as large as a terminal has room for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from rich.cells import cell_len
from rich.text import Text

from harness.progress.board import Board
from harness.progress.clock import clock
from harness.progress.columns import GAP, Column, fitted, names, numbers, words
from harness.progress.pace import Paces
from harness.progress.row import RUNNING, Row, State
from harness.progress.window import window
from harness.visible import unbroken

STYLES: dict[State, str] = {"loading": "bold", "writing": "bold", "failed": "red", "interrupted": "red"}
QUIET = "dim"  # rows where nothing happens
AROUND = 4  # lines that are no rows: title, heads, what is not shown, the sums
SHARE = 2 / 3  # of the terminal's height; what was said before stays in sight
BETWEEN = " · "


def frame(board: Board, width: int, height: int) -> list[Text]:
    """Title, rows, what is not shown, sums; only the sums where there is no room for more. Holds the board's lock.

    No line is wider than `width`, and there are fewer than `height`.
    """
    with board.lock:
        room = int((height - 1) * SHARE) - AROUND
        if room < 1:
            return [summary(board, width)]
        shown = window([row.state for row in board.rows], room)
        rows = [board.rows[index] for index in shown]
        lines = [_title(board), *_table(board, rows, width), *_hidden(board, set(shown))]
        for line in lines:
            line.truncate(width, overflow="ellipsis")
        return [*lines, summary(board, width)]


def summary(board: Board, width: int) -> Text:
    """The whole sweep in a line; where there is no room for all, what it is at, and until when."""
    with board.lock:
        sums = list(_sums(board))
    while len(sums) > 1 and cell_len(BETWEEN.join(said for _, said in sums)) > width:
        sums.remove(max(sums))
    line = Text(BETWEEN.join(said for _, said in sums))
    line.truncate(width, overflow="ellipsis")
    return line


def _sums(board: Board) -> Iterator[tuple[int, str]]:
    """Each with a rank: the highest is left out first."""
    states, (done, total) = board.states, board.texts
    yield 0, f"{states['done']}/{len(board.rows)} cells"
    for state in ("failed", "interrupted"):
        if states[state]:
            yield 1, f"{states[state]} {state}"
    yield 3, f"{done}/{total} texts"
    if board.written:
        yield 5, f"{board.tokens_per_second:.0f} tok/s"
    yield 4, f"{clock(board.now)} so far"
    if any(row.left and row.state != "failed" for row in board.rows):
        left = board.seconds_left
        yield 2, "time left not known yet" if left is None else f"about {clock(left)} left"


def _title(board: Board) -> Text:
    """The experiment, and what all jobs share and the table therefore leaves out."""
    shared = [next(iter(models)) for models in [_models(board)] if len(models) == 1]
    shared += [f"{key}={next(iter(values))}" for key, values in _settings(board).items() if len(values) == 1]
    title = Text(unbroken(board.experiment), "bold")
    return title.append("".join(f"{BETWEEN}{name}" for name in shared), "not bold")


def _models(board: Board) -> set[str]:
    return {row.name.model for row in board.rows}


def _settings(board: Board) -> dict[str, set[str]]:
    """Setting → its different values."""
    return {key: {row.name.settings[key] for row in board.rows} for key in board.rows[0].name.settings}


def _table(board: Board, rows: Sequence[Row], width: int) -> Iterator[Text]:
    columns = fitted(list(_columns(board)), width)
    yield Text((" " * GAP).join(column.title() for column in columns), "underline")
    for row in rows:
        yield Text((" " * GAP).join(column.cell(row) for column in columns).rstrip(), STYLES.get(row.state, QUIET))


def _columns(board: Board) -> Iterator[Column]:
    """In the order in which they stand."""
    rows, models = board.rows, _models(board)
    if len(models) > 1:
        yield names("model", lambda row: row.name.model, models, most=8, rank=6)
    yield names("strategy", lambda row: row.name.strategy, {row.name.strategy for row in rows}, most=14, rank=0)
    for key, values in _settings(board).items():
        if len(values) > 1:
            yield names(key, partial(_setting, key), values, most=5, rank=5)
    widest = max(len(str(row.total)) for row in rows)
    yield numbers("texts", lambda row: f"{row.done}/{row.total}", 2 * widest + 1, rank=2)
    if any(row.failed for row in rows):
        yield numbers("failed", lambda row: str(row.failed or ""), 6, rank=3)
    if any(row.job.phrases for row in rows):
        yield numbers("slop/1k", lambda row: _decimals(row.tally.slop, 2), 7, rank=3)
    yield numbers("rew/100", lambda row: _decimals(row.tally.rewinds, 2), 7, rank=4)
    yield numbers("tok/s", _speed, 6, rank=7)
    paces, now = Paces(rows), board.now
    yield words("state", lambda row: _state(row, paces, now), len("interrupted"), rank=1)


def _setting(key: str, row: Row) -> str:
    return row.name.settings[key]


def _decimals(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}"


def _speed(row: Row) -> str:
    return f"{row.kept / row.seconds:.0f}" if row.written and row.seconds > 0 else ""


def _state(row: Row, paces: Paces, now: float) -> str:
    """How long a job will go on, once that is known, says that it runs."""
    left = paces.left(row, now) if row.left and row.state in RUNNING else None
    return row.state if left is None else f"{clock(left)} left"


def _hidden(board: Board, shown: set[int]) -> Iterator[Text]:
    """One line for the rows that are not shown, if there are any."""
    states = Counter(row.state for index, row in enumerate(board.rows) if index not in shown)
    if states:
        counts = ", ".join(f"{count} {state}" for state, count in states.most_common())
        yield Text(f"… {states.total()} more: {counts}", "dim")
