"""The table on a terminal, while the sweep runs."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack, suppress
from threading import Event, RLock, Thread

from rich.text import Text

from harness.planning.plan import Job
from harness.progress.aside import stepping_aside
from harness.progress.board import Board
from harness.progress.canvas import Canvas
from harness.progress.display import Display
from harness.progress.frame import frame, summary
from harness.progress.names import title_of
from harness.progress.rhythm import Rhythm
from harness.store.jobfolder import Status
from harness.terminal import is_in_front, size_of
from harness.visible import unbroken

SECONDS_BETWEEN_LOOKS = 0.1  # at the terminal's size
SECONDS_TO_LEAVE = 1.0


class Screen(Display):
    """Draws the board now and then, in a thread, while the terminal is this process's; what is said stays above it."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._terminal = sys.stderr
        self._canvas: Canvas | None = None
        self._drawing = RLock()  # who holds it waits for nobody's board
        self._closed = Event()
        self._signals = ExitStack()
        self._signals.enter_context(stepping_aside(self._leave, board.skip))
        self._thread = Thread(target=self._keep_drawing, daemon=True)
        self._thread.start()

    def end_job(self, job: Job, status: Status) -> None:
        super().end_job(job, status)
        if status.state == "failed":
            self.note(job, f"failed: {status.error}")

    def note(self, job: Job, what: str) -> None:
        line = unbroken(f"{title_of(job)}: {what}")
        with self._drawing, suppress(OSError):  # whoever watched is gone
            if self._canvas:
                self._canvas.say(Text(line))
            else:
                print(line, file=self._terminal, flush=True)

    def close(self) -> None:
        """Leave one line of a sweep that is done, since its results follow, and else the table as it stands."""
        self._closed.set()
        self._signals.close()
        try:
            self._thread.join()
        finally:
            self._put_down()

    def _put_down(self) -> None:
        size = size_of(self._terminal)
        done = self._board.states["done"] == len(self._board.rows)
        lines = [summary(self._board, size.columns - 1)] if done else self._frame(size)
        with self._drawing, suppress(OSError):
            canvas, self._canvas = self._canvas or Canvas(self._terminal), None
            try:
                canvas.draw(lines, size)
            finally:
                canvas.close()

    def _keep_drawing(self) -> None:
        rhythm, due = Rhythm(), 0.0
        while not self._closed.wait(SECONDS_BETWEEN_LOOKS if due else 0.0):
            resized = self._canvas is not None and not self._canvas.fits
            if not (resized or time.monotonic() >= due):
                continue
            began = time.thread_time()
            with suppress(OSError):
                self._look()
            due = time.monotonic() + rhythm.rest_after(time.thread_time() - began)

    def _look(self) -> None:
        """Draw, if the terminal is ours."""
        if is_in_front(self._terminal):
            size = size_of(self._terminal)
            lines = self._frame(size)
            with self._drawing:
                self._canvas = self._canvas or Canvas(self._terminal)
                self._canvas.draw(lines, size)

    def _frame(self, size: os.terminal_size) -> list[Text]:
        """The last column stays free: some terminals begin a new line when it is written."""
        return frame(self._board, size.columns - 1, size.lines)

    def _leave(self) -> None:
        """Leave the terminal to the shell. The next look draws the table anew, below what was printed meanwhile."""
        if self._drawing.acquire(timeout=SECONDS_TO_LEAVE):
            try:
                if self._canvas:
                    self._canvas.close()
                    self._canvas = None
            finally:
                self._drawing.release()
