"""How far a sweep is: a bar on a terminal, plain lines in a file."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Protocol

from tqdm import tqdm

from harness.plan import Job, Plan
from harness.records import Sample
from harness.visible import unbroken

SECONDS_BETWEEN_LINES = 10.0


class Progress(Protocol):
    """What a job tells while it runs."""

    def start_job(self, label: str, left: int) -> None: ...
    def add(self, sample: Sample) -> None: ...
    def note(self, what: str) -> None: ...


def title_of(job: Job) -> str:
    """A job's name while it runs."""
    return f"{job.source.label} {job.label} T={job.settings.decoding.temperature:g}"


class Bar:
    """One bar over all samples of the sweep; tqdm gives the time left."""

    FORMAT = "{desc}{n_fmt}/{total_fmt} texts{postfix}, {remaining} left |{bar}|"

    def __init__(self, jobs: int, samples: int) -> None:
        self._rate = Rate()
        self._jobs, self._job = jobs, 0
        # Not tqdm's own measure: it takes a terminal that states no size to be 0 wide, and shows nothing there.
        columns, rows = shutil.get_terminal_size()
        self._bar = tqdm(total=samples, ncols=columns, nrows=rows, bar_format=self.FORMAT)

    def start_job(self, label: str, left: int) -> None:
        self._job += 1
        self._bar.set_description(f"cell {self._job}/{self._jobs} {unbroken(label)}")

    def add(self, sample: Sample) -> None:
        self._rate.add(sample)
        self._bar.set_postfix_str(f"{self._rate.per_second:.0f} tok/s", refresh=False)
        self._bar.update()

    def note(self, what: str) -> None:
        self._bar.write(unbroken(what), file=sys.stderr)

    def close(self) -> None:
        self._bar.close()


class Lines:
    """A line at each job and every few seconds."""

    def __init__(self, jobs: int, samples: int) -> None:
        self._rate = Rate()
        self._jobs, self._job, self._label = jobs, 0, ""
        self._samples, self._done = samples, 0
        self._last = time.monotonic()

    def start_job(self, label: str, left: int) -> None:
        self._job += 1
        self._label = unbroken(label)
        self._say(f"{left} to write" if left else "nothing left to write")

    def add(self, sample: Sample) -> None:
        self._rate.add(sample)
        self._done += 1
        if time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._say(self._state())

    def note(self, what: str) -> None:
        self._say(unbroken(what))

    def close(self) -> None:
        if self._done:
            self._say(self._state())

    def _state(self) -> str:
        left = (self._samples - self._done) * self._rate.seconds / self._done
        return f"{self._done}/{self._samples} texts, {self._rate.per_second:.0f} tok/s, {left:.0f} s left"

    def _say(self, what: str) -> None:
        self._last = time.monotonic()
        print(f"cell {self._job}/{self._jobs} {self._label}: {what}", file=sys.stderr, flush=True)


class Rate:
    """Kept tokens per second of wall time since the first sample was awaited."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._kept = 0

    def add(self, sample: Sample) -> None:
        self._kept += len(sample.tokens)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    @property
    def per_second(self) -> float:
        return self._kept / max(self.seconds, 1e-9)


@contextmanager
def open_progress(plan: Plan) -> Iterator[Progress]:
    """A bar where somebody watches, lines where a file does."""
    jobs, samples = len(plan.jobs), sum(len(job.missing()) for job in plan.jobs)
    with closing(Bar(jobs, samples) if sys.stderr.isatty() and samples else Lines(jobs, samples)) as progress:
        yield progress
