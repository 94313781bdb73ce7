"""Plain lines, for files and pipes."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection

from harness.planning.plan import Job
from harness.progress.board import Board
from harness.progress.clock import clock
from harness.progress.display import Display
from harness.progress.names import title_of
from harness.store.records import Cell, Sample
from harness.visible import unbroken

SECONDS_BETWEEN_LINES = 10.0


class Lines(Display):
    """A line at each job and every few seconds."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._newest: Job | None = None  # of the texts that were told
        self._last = time.monotonic()

    def start_job(self, job: Job, missing: Collection[Cell]) -> None:
        super().start_job(job, missing)
        self._say(job, f"{len(missing)} to write" if missing else "nothing left to write")

    def add(self, job: Job, sample: Sample) -> None:
        super().add(job, sample)
        self._newest = job
        if time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._say(job, self._state())

    def note(self, job: Job, what: str) -> None:
        self._say(job, what)

    def close(self) -> None:
        if self._newest:
            self._say(self._newest, self._state())

    def _state(self) -> str:
        done, total = self._board.texts
        left = self._board.seconds_left
        time_left = "" if left is None else f", {clock(left)} left"
        return f"{done}/{total} texts, {self._board.tokens_per_second:.0f} tok/s{time_left}"

    def _say(self, job: Job, what: str) -> None:
        self._last = time.monotonic()
        line = f"cell {self._board.row_of(job).number}/{len(self._board.rows)} {title_of(job)}: {what}"
        print(unbroken(line), file=sys.stderr, flush=True)
