"""The tasks of one command on Slurm. They carry a name of their own, by which they are awaited and cancelled."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from submitit.slurm.slurm import SlurmInfoWatcher, SlurmJob

from harness.launch.rounds import Launch
from harness.launch.slurm.queue import Queue
from harness.launch.slurm.waiting import Waiting
from harness.planning.plan import Job

SECONDS_BETWEEN_LOOKS = 15


@contextmanager
def owning(name: str) -> Iterator[Queue]:
    """Yields a queue of this command alone. An interruption cancels what is in it, and waits for its end."""
    own = re.sub(r"[^A-Za-z0-9_.-]", "-", name)  # squeue takes commas for several names
    queue = Queue(f"{own}-{secrets.token_hex(4)}")
    before, SlurmJob.watcher = SlurmJob.watcher, Watcher(queue)
    try:
        yield queue
    except KeyboardInterrupt:
        queue.cancel()
        raise
    finally:
        SlurmJob.watcher = before


def until_ended(queue: Queue, launch: Launch) -> Launch:
    """As `launch`, which gives up when a task dies, but the others in the queue are awaited first."""

    def launch_and_wait(jobs: Sequence[Job]) -> Sequence[Exception | None]:
        try:
            return launch(jobs)
        except Exception:
            waiting = Waiting()
            while (tasks := queue.ask()) != {}:
                waiting.see(tasks)
                time.sleep(SECONDS_BETWEEN_LOOKS)
            raise

    return launch_and_wait


class Watcher(SlurmInfoWatcher):
    """Asks the queue, not the accounting: not every cluster keeps one, and submitit asks it every ten minutes.

    Without an answer a task that died would be awaited for ever.
    """

    def __init__(self, queue: Queue) -> None:
        super().__init__(delay_s=SECONDS_BETWEEN_LOOKS)
        self._queue, self._waiting = queue, Waiting()

    def update(self) -> None:
        """Where the controller does not answer, all is as it was."""
        queued = self._queue.ask()
        self._waiting.see(queued)
        if queued is not None:
            for task in self._registered - self._finished:
                self._info_dict[task] = {"State": "RUNNING" if task in queued else "ENDED"}
            self._finished |= self._registered.difference(queued)
        self._last_status_check = time.time()
