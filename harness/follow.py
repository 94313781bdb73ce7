"""How far the jobs of other processes are, read from their folders while they run."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from harness.plan import Job, Plan
from harness.progress import Progress, title_of
from harness.records import Sample

SECONDS_BETWEEN_LOOKS = 1.0


@contextmanager
def following(plan: Plan, progress: Progress) -> Iterator[None]:
    """Within, samples that appear on disk are told to `progress`, by a thread."""
    tails = [Tail(job, progress) for job in plan.jobs]
    ended = threading.Event()
    thread = threading.Thread(target=_look, args=(tails, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _look(tails: list[Tail], ended: threading.Event) -> None:
    """Once more after the end, for what came last."""
    while not ended.wait(SECONDS_BETWEEN_LOOKS):
        _read(tails)
    _read(tails)


def _read(tails: list[Tail]) -> None:
    for tail in tails:
        with suppress(OSError):  # a file system over a network may fail for a moment; the next look sees it all
            tail.read()


class Tail:
    """Tells the samples of one job as they come."""

    def __init__(self, job: Job, progress: Progress) -> None:
        self._job, self._progress = job, progress
        self._waiting = set(job.missing())
        self._begun = False
        self._file, self._offset = 0, 0
        list(self._new_samples())  # what is there already, failed texts among it, is told to nobody
        if not self._waiting:
            progress.start_job(title_of(job), 0)

    def read(self) -> None:
        """Look for lines that were not there before."""
        if not self._waiting:
            return
        for sample in self._new_samples():
            if sample.cell in self._waiting:
                self._begin()
                self._waiting.discard(sample.cell)
                self._progress.add(sample)

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._progress.start_job(title_of(self._job), len(self._waiting))

    def _new_samples(self) -> Iterator[Sample]:
        """Of whole lines. A file that was replaced (a finished job is put in order) is read again from its start."""
        if not self._job.folder.samples.exists():
            return
        with self._job.folder.samples.open("rb") as file:
            state = os.fstat(file.fileno())
            if state.st_ino != self._file or state.st_size < self._offset:
                self._file, self._offset = state.st_ino, 0
            file.seek(self._offset)
            data = file.read()
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        for line in data[:whole].split(b"\n")[:-1]:
            with suppress(ValueError):  # the writer will say what is wrong with it
                yield Sample.from_line(line)
