"""What a tracker is, the one that does nothing, and the guard that keeps a tracker's troubles out of a sweep."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

from harness.errors import one_line
from harness.tracking.kind import Entry
from harness.uri import without_password

SweepState = Literal["done", "failed", "interrupted"]


class Tracking(Protocol):
    """Called by the sweep's parent process only; `sweep` is the content of the folder's sweep.json.

    A repeated call logs nothing twice.
    """

    def start_sweep(self, sweep: Entry, sweep_folder: Path) -> None:
        """Before any job."""

    def log_job(self, job: Entry, job_folder: Path) -> None:
        """A job with its numbers: its entry in sweep.json, and its folder."""

    def finish_sweep(self, sweep: Entry, sweep_folder: Path, state: SweepState) -> None:
        """After the report was written."""


class Untracked:
    """tracking=none."""

    def start_sweep(self, sweep: Entry, sweep_folder: Path) -> None: ...

    def log_job(self, job: Entry, job_folder: Path) -> None: ...

    def finish_sweep(self, sweep: Entry, sweep_folder: Path, state: SweepState) -> None: ...


class Guarded:
    """Turns the first failure of a tracker into one line on stderr, and asks it nothing more.

    A server that is away would otherwise cost its time-out again for every job.
    """

    def __init__(self, open_tracker: Callable[[], Tracking]) -> None:
        self._open = open_tracker
        self._tracker: Tracking | None = None
        self._failed = False
        self._folder = Path()

    def start_sweep(self, sweep: Entry, sweep_folder: Path) -> None:
        self._folder = sweep_folder
        self._ask(lambda tracker: tracker.start_sweep(sweep, sweep_folder))

    def log_job(self, job: Entry, job_folder: Path) -> None:
        self._ask(lambda tracker: tracker.log_job(job, job_folder))

    def finish_sweep(self, sweep: Entry, sweep_folder: Path, state: SweepState) -> None:
        self._ask(lambda tracker: tracker.finish_sweep(sweep, sweep_folder, state))

    def _ask(self, question: Callable[[Tracking], None]) -> None:
        if self._failed:
            return
        try:
            self._tracker = self._tracker or self._open()
            question(self._tracker)
        except Exception as error:  # a tracker is a client, a database and a server: anything may come out of it
            self._failed = True
            remedy = f"nothing is lost; when the sweep is done: python -m harness.track {self._folder}"
            print(f"warning: {failure(error)}; {remedy}", file=sys.stderr)


def failure(error: Exception) -> str:
    """What went wrong with a tracker, in one line without a secret."""
    what = without_password(one_line(error)) or "no message"
    shown = what if len(what) <= 300 else f"{what[:297]}..."
    return f"tracking failed ({type(error).__name__}: {shown})"
