"""What a worker that died has left is given to others, as long as that brings something."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from harness.errors import one_line
from harness.planning.plan import Job
from harness.store.records import stamp

Launch = Callable[[Sequence[Job]], Sequence[Exception | None]]
MOST_IN_VAIN = 2  # rounds in a row


class Rounds:
    """Launches jobs until each has ended: is done, has failed, or was told to end.

    `launch` returns what jobs raised, in their order, and raises when its launcher gives up, as Hydra's do when one of
    their workers dies. `keeps`: it has a queue that loses nothing; what was never begun was taken out by somebody.
    """

    def __init__(self, jobs: Sequence[Job], launch: Launch, keeps: bool) -> None:
        self._jobs, self._launch, self._keeps = jobs, launch, keeps
        self._before = {job.id: stamp(job.folder.status) for job in jobs}
        self._refused: set[str] = set()

    def run(self) -> None:
        """Raise what interrupts; whatever else is raised is said."""
        left, to_write, in_vain = list(self._jobs), _to_write(self._jobs), 0
        while left and in_vain < MOST_IN_VAIN:
            jobs, before = len(left), to_write
            left = self._round(left)
            to_write = _to_write(left)
            in_vain = 0 if len(left) < jobs or to_write < before else in_vain + 1

    def _round(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs that are left. Those that were begun come last, since one of them may be what its worker died of."""
        try:
            for job, error in zip(jobs, self._launch(jobs), strict=True):
                self._refuse(job, error)
        except Exception as error:
            say(f"a worker died, or could not start: {_first_line(error)}")
        return sorted(filter(self._is_left, jobs), key=self._is_begun)

    def _refuse(self, job: Job, error: Exception | None) -> None:
        if error is not None:
            self._refused.add(job.id)
            say(f"{job.source.label} {job.label}: {_first_line(error)}")

    def _is_begun(self, job: Job) -> bool:
        """In this command, by a worker that could say so."""
        return stamp(job.folder.status) != self._before[job.id]

    def _is_left(self, job: Job) -> bool:
        if job.id in self._refused:
            return False
        if not self._is_begun(job):
            return not self._keeps
        status = job.folder.known_status()
        return status is None or status.state == "running"


def say(what: str) -> None:
    """A line about the whole sweep."""
    print(one_line(what), file=sys.stderr, flush=True)


def _to_write(jobs: Sequence[Job]) -> int:
    return sum(len(job.missing()) for job in jobs)


def _first_line(error: Exception) -> str:
    """Launchers hang the log of a worker on what they raise."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
