"""What every way of showing a sweep does with what its jobs tell."""

from __future__ import annotations

from collections.abc import Collection

from harness.planning.plan import Job
from harness.progress.board import Board
from harness.store.jobfolder import Status
from harness.store.records import Cell, Sample


class Display:
    """Keeps the board as the jobs tell it; its heirs say how that is shown."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def start_job(self, job: Job, missing: Collection[Cell]) -> None:
        self._board.start_job(job, missing)

    def load_job(self, job: Job) -> None:
        self._board.load_job(job)

    def add(self, job: Job, sample: Sample) -> None:
        self._board.add(job, sample)

    def end_job(self, job: Job, status: Status) -> None:
        self._board.end_job(job, status)
