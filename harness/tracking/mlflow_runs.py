"""A sweep in MLflow: one parent run, one child per job, found again by their tags, so that nothing is logged twice."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice, zip_longest
from pathlib import Path
from typing import TypeVar

from filelock import BaseFileLock, FileLock
from mlflow.entities import Metric, Param, Run, RunTag

from harness.store.jobfolder import JobFolder
from harness.tracking.base import SweepState
from harness.tracking.content import Content, Input, flatten, made_by, settings_of
from harness.tracking.datasets import missing
from harness.tracking.experiment import NOTE, describe, experiment_id
from harness.tracking.kind import Entry, Kind, kind_of
from harness.tracking.names import sweep_name
from harness.tracking.note import jobs_table
from harness.tracking.span import begin, span, written
from harness.tracking.store import Store, asking_once
from harness.tracking.uploads import upload
from harness.tracking.views import links

STATUS: Mapping[SweepState, str] = {"done": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}
PARENT = "mlflow.parentRunId"
# Limits of one log_batch call (mlflow.utils.validation): 100 params, 100 tags, 1,000 entities together.
PARAMS, TAGS, METRICS = 100, 100, 800
REPORTS = ("report.html", "table.md")  # what a reader opens first, where it is there
REPORT_FILES = ("report.html", "*.md", "*.tex", "*.csv", "*.png", "*.pdf", "sweep.json", "profile/*")
LOCK, LOCK_WAIT = ".tracking.lock", 120  # seconds for another process that logs a job of the same sweep

T = TypeVar("T")


class MlflowTracking:
    """Writes to the store it was opened with. Raise MlflowException, or what database and network raise.

    Processes that log one sweep take turns by a lock in its folder: two that look for a run at once would each make it.
    """

    def __init__(self, store: Store, experiment: str) -> None:
        self._client = store.client
        self._experiment = experiment_id(store, experiment)
        self._parent = ""
        self._lock: BaseFileLock
        self._sweep: Entry
        self._kind: Kind
        self._inputs: dict[tuple[str, str], Input] = {}  # of the jobs that were logged: what their sweep has read
        self._rows: dict[str, tuple[str, Mapping[str, str]]] = {}

    def start_sweep(self, sweep: Entry, sweep_folder: Path) -> None:
        self.find_sweep(sweep, sweep_folder)
        with self._lock:
            self._set_status(self._client.get_run(self._parent), "RUNNING")

    def find_sweep(self, sweep: Entry, sweep_folder: Path) -> None:
        """Make sure of the sweep's run, and leave its status as it is. Raise Timeout when another process is slow."""
        self._lock = FileLock(sweep_folder / LOCK, timeout=LOCK_WAIT)
        self._sweep, self._kind = sweep, kind_of(sweep)
        with self._lock:
            describe(self._client, self._experiment, sweep, self._kind)
            begun = begin(sweep, sweep_folder, self._kind.result)
            parent = self._find_or_create({"sweep_id": sweep["sweep_id"]}, sweep_name(sweep), begun)
            self._parent = parent.info.run_id
            note = {} if NOTE in parent.data.tags else {NOTE: self._note(None)}
            params = {**flatten(settings_of(sweep.get("settings", {}))), **self._kind.axes(sweep)}
            self._update(parent, Content(params, {}, {**made_by(sweep.get("command", ()), sweep.get("git")), **note}))

    def log_job(self, job: Entry, job_folder: Path) -> None:
        folder = JobFolder(job_folder)
        files = [job_folder / name for name in self._kind.files]
        name = self._kind.job_name(self._sweep, job)
        begun, ended = span(folder, self._kind.result)
        content = self._kind.job(self._sweep, job, folder)
        self._inputs |= {(one.name, one.digest): one for one in content.inputs}
        self._rows[job["job_id"]] = name, self._kind.values(folder)
        with self._lock:
            run = self._find_or_create({"job_id": job["job_id"], PARENT: self._parent}, name, begun)
            uploaded = upload(self._client, run, job_folder, [file for file in files if file.is_file()], content.cards)
            self._update(run, replace(content, tags={**content.tags, **uploaded}))
            self._set_status(run, "FINISHED", ended)

    def finish_sweep(self, sweep: Entry, sweep_folder: Path, state: SweepState) -> None:
        files = [file for pattern in REPORT_FILES for file in sorted(sweep_folder.glob(pattern)) if file.is_file()]
        unfinished = [job["job_id"] for job in sweep["jobs"] if job["state"] != "done"]
        tags = {NOTE: self._note(sweep_folder), "unfinished_jobs": " ".join(unfinished)}
        with self._lock:
            parent = self._client.get_run(self._parent)
            uploaded = upload(self._client, parent, sweep_folder, files, {})
            self._update(parent, Content({}, {}, {**tags, **uploaded}, tuple(self._inputs.values())))
            ended = max(parent.info.start_time, written(sweep_folder / "sweep.json"))
            self._set_status(parent, STATUS[state], ended)

    def _note(self, finished: Path | None) -> str:
        """What stands on the sweep's page; with links and numbers when it is finished, in this folder."""
        if finished is None:
            return self._kind.note(self._sweep, "", "")
        report = next((name for name in REPORTS if (finished / name).is_file()), None)
        rows = [self._rows[job["job_id"]] for job in self._sweep["jobs"] if job["job_id"] in self._rows]
        table = jobs_table(self._kind.headlines(self._sweep), rows) if rows else ""
        return self._kind.note(self._sweep, table, links(self._sweep, self._experiment, self._parent, report))

    def _find_or_create(self, tags: Mapping[str, str], name: str, begun: int) -> Run:
        """The run that carries these tags; a new one gets the name, and begins then (milliseconds)."""
        wanted = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        found = self._client.search_runs([self._experiment], wanted, max_results=1)
        if found:
            return found[0]
        with asking_once():
            return self._client.create_run(self._experiment, begun, tags=dict(tags), run_name=name)

    def _update(self, run: Run, content: Content) -> None:
        """Log what the run does not hold yet, in one call unless it is too much for one."""
        now = int(time.time() * 1000)
        known = run.data
        tags = {**content.tags, **_moved(content.params, run)}
        params = [Param(key, value) for key, value in content.params.items() if key not in known.params]
        changed = [
            Metric(key, value, now, 0) for key, value in content.metrics.items() if known.metrics.get(key) != value
        ]
        new_tags = [RunTag(key, value) for key, value in tags.items() if known.tags.get(key) != value]
        batches = zip_longest(_split(changed, METRICS), _split(params, PARAMS), _split(new_tags, TAGS), fillvalue=())
        for some_metrics, some_params, some_tags in batches:
            self._client.log_batch(run.info.run_id, some_metrics, some_params, some_tags)
        if inputs := missing(run, content.inputs):
            self._client.log_inputs(run.info.run_id, inputs)

    def _set_status(self, run: Run, status: str, ended: int | None = None) -> None:
        if run.info.status == status:
            return
        if status == "RUNNING":
            self._client.update_run(run.info.run_id, status=status)
        else:
            self._client.set_terminated(run.info.run_id, status, ended)


def _moved(params: Mapping[str, str], run: Run) -> dict[str, str]:
    """Settings that changed since the run was first logged (batch size, device, limit), as tags of the same name.

    MLflow refuses to change a param; a tag holds the latest value, also when that is the first one again.
    """
    known = run.data.params
    return {
        key: value for key, value in params.items() if key in known and (value != known[key] or key in run.data.tags)
    }


def _split(items: Iterable[T], size: int) -> list[list[T]]:
    rest = iter(items)
    return list(iter(lambda: list(islice(rest, size)), []))
