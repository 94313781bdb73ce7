"""One job of a sweep as it stands."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Literal

from harness.planning.plan import Job
from harness.progress.names import Name
from harness.progress.tally import Tally
from harness.store.jobfolder import Status
from harness.store.records import Cell, Sample, read_samples

State = Literal["waiting", "loading", "writing", "done", "failed", "interrupted"]
RUNNING: tuple[State, ...] = ("loading", "writing")


class Row:
    """Counts what its job tells. Times are seconds on the board's clock.

    Texts of an earlier command are done, and in the tally as soon as somebody looks at it; speed is that of this
    command's texts, from the moment the model was there to the newest text. A job that is begun again goes on.
    """

    def __init__(self, job: Job, number: int, name: Name) -> None:
        self.job, self.number, self.name = job, number, name
        self.state: State = "waiting"
        self.total, self.left = len(job.cells), len(job.missing())
        self.written, self.kept = 0, 0
        self.began, self.newest = 0.0, 0.0
        self._tally = self._empty_tally()
        self._earlier: frozenset[Cell] | None = None

    @property
    def done(self) -> int:
        """Texts that are on disk, failed ones among them, of the `total` selected."""
        return self.total - self.left

    @property
    def seconds(self) -> float:
        """How long the texts written so far have taken."""
        return self.newest - self.began

    @property
    def failed(self) -> int:
        """Texts that have failed, of those that were looked at."""
        return self._tally.failed

    @property
    def tally(self) -> Tally:
        """Of all texts of the job on disk; of a job that has not begun, of none."""
        if self._earlier:
            with suppress(OSError, ValueError):  # the job itself says what is wrong with its file
                self._tally.add([s for s in read_samples(self.job.folder.samples) if s.cell in self._earlier])
        self._earlier = None
        return self._tally

    def start(self, missing: Collection[Cell], now: float) -> None:
        self.state, self.left = "loading", len(missing)
        self._go_on(now)
        self._tally, self._earlier = self._empty_tally(), frozenset(self.job.cells).difference(missing)

    def load(self, now: float) -> None:
        self.state = "writing"
        self._go_on(now)

    def add(self, sample: Sample, now: float) -> None:
        self.state, self.newest = "writing", now
        self.left -= 1
        self.written += 1
        self.kept += len(sample.tokens)
        self._tally.add([sample])

    def end(self, status: Status) -> None:
        self.state = "interrupted" if status.state == "running" else status.state

    def _go_on(self, now: float) -> None:
        """What passed since the newest text is not time that texts took."""
        self.began, self.newest = now - self.seconds, now

    def _empty_tally(self) -> Tally:
        return Tally(self.job.phrases.entries if self.job.phrases else ())
