"""A sweep as it lies on disk: what of it can be logged, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.store.jobfolder import JobFolder
from harness.store.sweep_file import job_folder
from harness.tracking.base import SweepState, Tracking
from harness.tracking.kind import Entry, Kind, kind_of


def log_finished(tracking: Tracking, sweep: Entry, sweep_folder: Path) -> None:
    """Log every job that has its numbers, then the report and how the sweep ended."""
    for job, folder in finished(sweep, sweep_folder):
        tracking.log_job(job, folder)
    tracking.finish_sweep(sweep, sweep_folder, state_of(sweep))


def finished(sweep: Entry, sweep_folder: Path) -> Iterator[tuple[Entry, Path]]:
    """The jobs that are done and have their numbers, with their folders."""
    kind = kind_of(sweep)
    for job in sweep["jobs"]:
        folder = job_folder(sweep_folder, job)
        if kind.is_finished(job, folder):
            yield job, folder


def state_of(sweep: Entry) -> SweepState:
    """Done when every job is; failed when one failed; else something ended the sweep before its jobs."""
    states = {job["state"] for job in sweep["jobs"]}
    if states == {"done"}:
        return "done"
    return "failed" if "failed" in states else "interrupted"


def as_it_is_now(sweep: Entry, sweep_folder: Path) -> Entry:
    """The sweep with its jobs' states as their folders say: a killed sweep had no time to write them down.

    A job that is done but has no numbers yet was interrupted, as far as a tracker is told.
    """
    kind = kind_of(sweep)
    return {**sweep, "jobs": [_as_it_is_now(job, job_folder(sweep_folder, job), kind) for job in sweep["jobs"]]}


def _as_it_is_now(job: Entry, folder: Path, kind: Kind) -> Entry:
    status = JobFolder(folder).read_status()
    now = job if status is None else {**job, "state": status.state, "error": status.error}
    if now["state"] == "done" and not kind.is_finished(now, folder):
        return {**now, "state": "interrupted", "error": f"it has no {kind.result} yet"}
    return now
