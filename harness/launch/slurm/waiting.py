"""Why nothing of a sweep runs, though tasks of it are in the queue, or why nobody knows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from harness.launch.rounds import say
from harness.launch.slurm.queue import Queued

SECONDS_OF_PATIENCE = 30.0


class Waiting:
    """Says so, once for each reason; a task that waits may do so for a while."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None
        self._said: str | None = None
        self._silent = False

    def see(self, tasks: Mapping[str, Queued] | None) -> None:
        """What the queue holds now; None where Slurm does not answer."""
        if tasks is None and not self._silent:
            say("Slurm does not answer; waiting until it does")
        self._silent = tasks is None
        if not tasks or any(task.state != "PENDING" for task in tasks.values()):
            self._since = self._said = None
            return
        self._since = self._clock() if self._since is None else self._since
        why = ", ".join(sorted({task.reason for task in tasks.values()}))
        if self._clock() - self._since >= SECONDS_OF_PATIENCE and why != self._said:
            self._said = why
            say(f"nothing of it runs, {len(tasks)} in the queue: {why}")
