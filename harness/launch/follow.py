"""How far the jobs of other processes are, read from their folders while they run."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from harness.growing import Growing
from harness.launch.notes import Gathering
from harness.planning.plan import Job, Plan
from harness.progress import Progress
from harness.store.jobfolder import Status
from harness.store.records import Sample, stamp

SECONDS_BETWEEN_LOOKS = 1.0
SHARE_OF_TIME = 0.05  # spent on looking at most: thousands of folders over a network are looked at less often


class Watched(Protocol):
    """Something on disk that changes."""

    def look(self) -> None: ...


@contextmanager
def following(plan: Plan, progress: Progress, notes: Path) -> Iterator[None]:
    """Within, what appears on disk is told to `progress`, by a thread. `notes`: where workers write what they say."""
    watched: list[Watched] = [Gathering(notes, plan.jobs, progress), *(Tail(job, progress) for job in plan.jobs)]
    ended = threading.Event()
    thread = threading.Thread(target=_keep_looking, args=(watched, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _keep_looking(watched: list[Watched], ended: threading.Event) -> None:
    """Once more after the end, for what came last."""
    wait = SECONDS_BETWEEN_LOOKS
    while not ended.wait(wait):
        began = time.monotonic()
        _look(watched)
        wait = max(SECONDS_BETWEEN_LOOKS, (time.monotonic() - began) / SHARE_OF_TIME)
    _look(watched)


def _look(watched: list[Watched]) -> None:
    for one in watched:
        with suppress(OSError):  # a file system over a network may fail for a moment; the next look sees it all
            one.look()


class Tail:
    """Tells the story of one job as its files tell it."""

    def __init__(self, job: Job, progress: Progress) -> None:
        self._job, self._progress = job, progress
        self._waiting = set(job.missing())
        self._begun = self._loaded = self._ended = False
        self._status, self._provenance = Changes(job.folder.status), Changes(job.folder.provenance)
        self._file = Growing(job.folder.samples)  # a finished job is put in order, and its file replaced
        list(self._new_samples())  # what is there already, failed texts among it, is told to nobody
        if not self._waiting:
            self._begin()
            self._end(job.folder.known_status())

    def look(self) -> None:
        """Tell what was not there before. A job ends with the status that follows its last text."""
        if self._ended:
            return
        status = self._job.folder.known_status() if self._status.seen() else None
        if status or self._waiting:
            self._tell_samples()
        if status:
            self._begin()
            self._end(status)
        if self._begun and not self._loaded and self._provenance.seen():
            self._load()

    def _tell_samples(self) -> None:
        for sample in self._new_samples():
            if sample.cell in self._waiting:
                self._begin()
                self._load()
                self._waiting.discard(sample.cell)
                self._progress.add(self._job, sample)

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._progress.start_job(self._job, frozenset(self._waiting))

    def _load(self) -> None:
        if not self._loaded:
            self._loaded = True
            self._progress.load_job(self._job)

    def _end(self, status: Status | None) -> None:
        """A job that was interrupted may be begun again: a task of a cluster whose node was needed."""
        if status is not None and status.state != "running":
            self._ended = status.state != "interrupted"
            self._begun = self._loaded = False
            self._progress.end_job(self._job, status)

    def _new_samples(self) -> Iterator[Sample]:
        for line in self._file.new_lines():
            with suppress(ValueError):  # the writer will say what is wrong with it
                yield Sample.from_line(line)


class Changes:
    """Whether a file is another one than it was: files of a job are replaced in one step."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = stamp(path)

    def seen(self) -> bool:
        """Since the last call."""
        before, self._known = self._known, stamp(self._path)
        return self._known != before
