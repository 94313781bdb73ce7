"""What sweeps of different tasks say of themselves, and which of them a sweep is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.store.jobfolder import JobFolder
from harness.tracking.content import Content

Entry = Mapping[str, Any]  # of sweep.json: the whole of it, or one of its jobs


@dataclass(frozen=True)
class Kind:
    """How the sweeps of one task are told to a tracker."""

    result: str  # the file in a job's folder that holds its numbers; a job without it has nothing to tell
    files: tuple[str, ...]  # in a job's folder, to be kept with its run
    axes: Callable[[Entry], Mapping[str, str]]  # params of the parent: over what its jobs differ
    headlines: Callable[[Entry], tuple[str, ...]]  # of a sweep: the metrics to be seen first, by their names here
    cost: str  # the metric that a chart lays the first headline against
    note: Callable[[Entry, str, str], str]  # Markdown for the parent's page, given a table and links
    job: Callable[[Entry, Entry, JobFolder], Content]  # of a sweep and its job
    values: Callable[[JobFolder], Mapping[str, str]]  # a job's metrics, spelled for a table with their intervals
    job_name: Callable[[Entry, Entry], str]  # of a sweep and its job: what sets it apart from the others

    def is_finished(self, job: Entry, folder: Path) -> bool:
        """Whether the job is done and has its numbers."""
        return job["state"] == "done" and (folder / self.result).is_file()


def kind_of(sweep: Entry) -> Kind:
    """The kind of a sweep.json. A sweep of texts names no task there."""
    from harness.tracking.laws import LAWS
    from harness.tracking.texts import TEXTS

    return {"law": LAWS}.get(sweep.get("task", ""), TEXTS)
