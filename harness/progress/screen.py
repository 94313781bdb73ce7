"""The table on a terminal, while the sweep runs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Collection
from threading import Event, Thread
from typing import TextIO

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from harness.jobfolder import Status
from harness.plan import Job
from harness.progress.board import Board
from harness.progress.frame import frame, summary
from harness.progress.names import title_of
from harness.records import Cell, Sample
from harness.visible import unbroken

UNKNOWN = os.terminal_size((80, 24))
SECONDS_BETWEEN_FRAMES = 0.5
SHARE_OF_TIME = 0.01  # at most so much of a core goes into drawing: the larger the sweep, the rarer the frames


class Screen:
    """Draws the board now and then, in a thread; what is said meanwhile stays above it."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._file = sys.stderr
        self._console = Console(file=self._file, force_terminal=True, highlight=False)
        self._console.size = _size(self._file)
        self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=sys.stdout.isatty())
        self._closed = Event()
        self._thread = Thread(target=self._keep_drawing, daemon=True)
        self._live.start()
        self._thread.start()

    def start_job(self, job: Job, missing: Collection[Cell]) -> None:
        self._board.start_job(job, missing)

    def load_job(self, job: Job) -> None:
        self._board.load_job(job)

    def add(self, job: Job, sample: Sample) -> None:
        self._board.add(job, sample)

    def end_job(self, job: Job, status: Status) -> None:
        self._board.end_job(job, status)
        if status.state == "failed":
            self.note(job, f"failed: {status.error}")

    def note(self, job: Job, what: str) -> None:
        self._console.print(Text(unbroken(f"{title_of(job)}: {what}")), soft_wrap=True)

    def close(self) -> None:
        """Leave one line of a sweep that is done, since its results follow, and else the table as it stands."""
        self._closed.set()
        self._thread.join()
        try:
            if self._board.states["done"] == len(self._board.rows):
                self._live.update(summary(self._board))
            else:
                self._live.update(self._frame())
        finally:
            self._live.stop()

    def _keep_drawing(self) -> None:
        wait = 0.0
        while not self._closed.wait(wait):
            began = time.thread_time()
            self._live.update(self._frame(), refresh=True)
            wait = max(SECONDS_BETWEEN_FRAMES, (time.thread_time() - began) / SHARE_OF_TIME)

    def _frame(self) -> RenderableType:
        """The last column stays free: some terminals begin a new line when it is written."""
        columns, rows = self._console.size = _size(self._file)
        return frame(self._board, columns - 1, rows)


def _size(terminal: TextIO) -> tuple[int, int]:
    """Columns and rows; what a terminal, or the environment, says to be 0 is not known."""
    try:
        stated = os.get_terminal_size(terminal.fileno())
    except (OSError, ValueError):
        stated = os.terminal_size((0, 0))
    columns, rows = (os.environ.get(name, "") for name in ("COLUMNS", "LINES"))
    return (
        int(columns if columns.isdecimal() else 0) or stated.columns or UNKNOWN.columns,
        int(rows if rows.isdecimal() else 0) or stated.lines or UNKNOWN.lines,
    )
