"""What a job tells while it runs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from harness.planning.plan import Job
from harness.store.jobfolder import Status
from harness.store.records import Cell, Sample


class Progress(Protocol):
    """Several jobs may run at once; each tells its own story."""

    def start_job(self, job: Job, missing: Collection[Cell]) -> None:
        """The job is next, and these texts of it are to be written; the rest of its texts is on disk."""

    def load_job(self, job: Job) -> None:
        """Its model is there; from now on it writes."""

    def add(self, job: Job, sample: Sample) -> None:
        """One of the missing texts is written, or has failed."""

    def end_job(self, job: Job, status: Status) -> None:
        """It is done, has failed, or was interrupted."""

    def note(self, job: Job, what: str) -> None:
        """Something befell it: a batch that did not fit into memory, another process that writes it."""
