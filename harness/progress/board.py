"""Every job of a sweep, and what the jobs have told so far."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection
from threading import RLock

from harness.planning.plan import Job, Plan
from harness.progress.names import names_of
from harness.progress.pace import seconds_left
from harness.progress.row import Row, State
from harness.store.jobfolder import Status
from harness.store.records import Cell, Sample


class Board:
    """Rows in the order of the plan. Whoever reads more than one number of it holds its `lock`."""

    def __init__(self, plan: Plan, clock: Callable[[], float] = time.monotonic) -> None:
        named = zip(plan.jobs, names_of(plan.jobs), strict=True)
        self.experiment = plan.settings.experiment_name
        self.rows = tuple(Row(job, number, name) for number, (job, name) in enumerate(named, start=1))
        self.lock = RLock()
        self._clock, self._began = clock, clock()
        self._by_id = {row.job.id: row for row in self.rows}

    def start_job(self, job: Job, missing: Collection[Cell]) -> None:
        with self.lock:
            self.row_of(job).start(missing, self.now)

    def load_job(self, job: Job) -> None:
        with self.lock:
            self.row_of(job).load(self.now)

    def add(self, job: Job, sample: Sample) -> None:
        with self.lock:
            self.row_of(job).add(sample, self.now)

    def end_job(self, job: Job, status: Status) -> None:
        with self.lock:
            self.row_of(job).end(status)

    def skip(self, seconds: float) -> None:
        """The process stood still for so long, which is no pace of its jobs."""
        with self.lock:
            self._began += seconds

    def row_of(self, job: Job) -> Row:
        return self._by_id[job.id]

    @property
    def now(self) -> float:
        """Seconds since the board was made."""
        return self._clock() - self._began

    @property
    def states(self) -> Counter[State]:
        return Counter(row.state for row in self.rows)

    @property
    def texts(self) -> tuple[int, int]:
        """How many are done, and how many there are to be."""
        return sum(row.done for row in self.rows), sum(row.total for row in self.rows)

    @property
    def written(self) -> int:
        """Texts of this command."""
        return sum(row.written for row in self.rows)

    @property
    def tokens_per_second(self) -> float:
        """Kept tokens of this command over its wall time, loading and all."""
        return sum(row.kept for row in self.rows) / max(self.now, 1e-9)

    @property
    def seconds_left(self) -> float | None:
        return seconds_left(self.rows, self.now)
