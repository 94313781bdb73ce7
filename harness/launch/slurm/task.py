"""A task on Slurm: it ends in order before its time is over, and its job goes back into the queue."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from submitit import JobEnvironment

from harness.interruption import TERMINATED, OutOfTime, Terminated
from harness.launch.worker import Silent, Worker, ended_early
from harness.progress.clock import clock

if TYPE_CHECKING:
    from harness.planning.plan import Job
    from harness.store.records import Sample

WARNING = signal.Signals[f"SIG{JobEnvironment.USR_SIG}"]  # submitit has Slurm send it some time before the limit


@dataclass(frozen=True)
class Task:
    """Runs a worker.

    When its time is over its job is queued again, as often as `max_num_timeout` says, and only if it has written a
    text: what brings none would never end. SIGTERM leaves no answer behind: where Slurm queues the task again, because
    it needed the node, the command waits for that; where somebody cancelled it, it is gone.
    """

    worker: Worker

    def __call__(self, config: Mapping[str, Any]) -> None:
        written = Written(self.worker.note)
        try:
            with warned() as queue_again:
                self.worker.run(config, written)
        except OutOfTime as over:
            if not written.texts:
                raise RuntimeError(f"{over}, and brought no text; more time: hydra.launcher.timeout_min") from None
            queue_again()
        except Terminated:
            raise SystemExit(TERMINATED) from None
        except KeyboardInterrupt as interruption:
            raise ended_early(interruption) from None


class Written(Silent):
    """Counts texts; one that failed brings nothing."""

    texts = 0

    def add(self, job: Job, sample: Sample) -> None:
        self.texts += sample.error is None


@contextmanager
def warned() -> Iterator[Callable[[], None]]:
    """Within, Slurm's warning raises OutOfTime. Yields what submitit would have done.

    It would have done so in the middle of a text, raising what that text's row would have taken for its own failure.
    """
    began = time.monotonic()

    def end(*_: object) -> NoReturn:
        signal.signal(WARNING, signal.SIG_IGN)  # once is enough
        raise OutOfTime(f"its time on Slurm was over after {clock(time.monotonic() - began)}")

    before = signal.signal(WARNING, end)
    assert callable(before)  # a task is a process of submitit

    def queue_again() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # Slurm sends it at once, to the scontrol that asked it as well
        before(WARNING, None)

    try:
        yield queue_again
    finally:
        signal.signal(WARNING, before)
