"""What a tracker is, the one that does nothing, and the guard that keeps a tracker's troubles out of a sweep."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

from harness.errors import one_line

SweepState = Literal["done", "failed", "interrupted"]


class Tracking(Protocol):
    """Called by the sweep's parent process only. A repeated call logs nothing twice."""

    def start_sweep(self, sweep: Mapping[str, Any], config: Mapping[str, Any]) -> None:
        """Before any job: `sweep` is the content of sweep.json, `config` the resolved settings."""

    def log_job(self, job: Mapping[str, Any], job_folder: Path) -> None:
        """A finished and scored job: its entry in sweep.json, and its folder."""

    def finish_sweep(self, sweep_folder: Path, state: SweepState) -> None:
        """After the report was written."""


class Untracked:
    """tracking=none."""

    def start_sweep(self, sweep: Mapping[str, Any], config: Mapping[str, Any]) -> None: ...

    def log_job(self, job: Mapping[str, Any], job_folder: Path) -> None: ...

    def finish_sweep(self, sweep_folder: Path, state: SweepState) -> None: ...


class Guarded:
    """Turns the first failure of a tracker into one line on stderr, and asks it nothing more.

    A server that is away would otherwise cost its time-out again for every job.
    """

    def __init__(self, open_tracker: Callable[[], Tracking]) -> None:
        self._open = open_tracker
        self._tracker: Tracking | None = None
        self._failed = False

    def start_sweep(self, sweep: Mapping[str, Any], config: Mapping[str, Any]) -> None:
        self._ask(lambda tracker: tracker.start_sweep(sweep, config))

    def log_job(self, job: Mapping[str, Any], job_folder: Path) -> None:
        self._ask(lambda tracker: tracker.log_job(job, job_folder))

    def finish_sweep(self, sweep_folder: Path, state: SweepState) -> None:
        self._ask(lambda tracker: tracker.finish_sweep(sweep_folder, state))

    def _ask(self, question: Callable[[Tracking], None]) -> None:
        if self._failed:
            return
        try:
            self._tracker = self._tracker or self._open()
            question(self._tracker)
        except Exception as error:  # a tracker is a client, a database and a server: anything may come out of it
            self._failed = True
            print(_warning(error), file=sys.stderr)


def _warning(error: Exception) -> str:
    what = one_line(error) or "no message"
    shown = what if len(what) <= 300 else f"{what[:297]}..."
    remedy = "the run folders are whole, the same command logs what is missing"
    return f"warning: tracking failed ({type(error).__name__}: {shown}); {remedy}"
