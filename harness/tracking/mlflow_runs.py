"""A sweep in MLflow: one parent run, one child per job, found again by their tags, so that nothing is logged twice."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, zip_longest
from pathlib import Path
from typing import TypeVar

from filelock import BaseFileLock, FileLock
from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException

from harness.digests import digest_file
from harness.jobfolder import JobFolder
from harness.tracking.base import SweepState
from harness.tracking.content import Content, flatten, made_by, settings_of
from harness.tracking.kind import Entry, Kind, kind_of
from harness.tracking.store import Store, asking_once

STATUS: Mapping[SweepState, str] = {"done": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}
PARENT, NOTE = "mlflow.parentRunId", "mlflow.note.content"
# Limits of one log_batch call (mlflow.utils.validation): 100 params, 100 tags, 1,000 entities together.
PARAMS, TAGS, METRICS = 100, 100, 800
REPORT_FILES = ("report.html", "*.md", "*.tex", "*.csv", "*.png", "*.pdf", "sweep.json", "profile/*")
LOCK, LOCK_WAIT = ".tracking.lock", 120  # seconds for another process that logs a job of the same sweep

T = TypeVar("T")


class MlflowTracking:
    """Writes to the store it was opened with. Raise MlflowException, or what database and network raise.

    Processes that log one sweep take turns by a lock in its folder: two that look for a run at once would each make it.
    """

    def __init__(self, store: Store, experiment: str) -> None:
        self._client = store.client
        self._artifacts = store.artifacts
        self._experiment = self._experiment_id(experiment)
        self._parent = ""
        self._lock: BaseFileLock
        self._kind: Kind

    def start_sweep(self, sweep: Entry, sweep_folder: Path) -> None:
        self.find_sweep(sweep, sweep_folder)
        with self._lock:
            self._set_status(self._client.get_run(self._parent), "RUNNING")

    def find_sweep(self, sweep: Entry, sweep_folder: Path) -> None:
        """Make sure of the sweep's run, and leave its status as it is. Raise Timeout when another process is slow."""
        self._lock = FileLock(sweep_folder / LOCK, timeout=LOCK_WAIT)
        self._kind = kind_of(sweep)
        with self._lock:
            name = f"{sweep['experiment']} {sweep['sweep_id']}"
            parent = self._find_or_create({"sweep_id": sweep["sweep_id"]}, name)
            self._parent = parent.info.run_id
            note = {} if NOTE in parent.data.tags else {NOTE: self._kind.note(sweep, "")}
            params = {**flatten(settings_of(sweep.get("settings", {}))), **self._kind.axes(sweep)}
            self._update(parent, Content(params, {}, {**made_by(sweep.get("command", ()), sweep.get("git")), **note}))

    def log_job(self, job: Entry, job_folder: Path) -> None:
        folder = JobFolder(job_folder)
        files = [job_folder / name for name in self._kind.files]
        with self._lock:
            run = self._find_or_create({"job_id": job["job_id"], PARENT: self._parent}, self._kind.job_name(job))
            digests = self._upload(run, job_folder, [file for file in files if file.is_file()])
            content = self._kind.job(job, folder)
            self._update(run, Content(content.params, content.metrics, {**content.tags, **digests}))
            self._set_status(run, "FINISHED")

    def finish_sweep(self, sweep: Entry, sweep_folder: Path, state: SweepState) -> None:
        files = [file for pattern in REPORT_FILES for file in sorted(sweep_folder.glob(pattern)) if file.is_file()]
        table = sweep_folder / "table.md"
        note = self._kind.note(sweep, table.read_text(encoding="utf-8") if table.is_file() else "")
        unfinished = [job["job_id"] for job in sweep["jobs"] if job["state"] != "done"]
        with self._lock:
            parent = self._client.get_run(self._parent)
            digests = self._upload(parent, sweep_folder, files)
            self._update(parent, Content({}, {}, {NOTE: note, "unfinished_jobs": " ".join(unfinished), **digests}))
            self._set_status(parent, STATUS[state])

    def _experiment_id(self, name: str) -> str:
        """The experiment, made if need be. Its artifacts get an absolute place, or each `cd` would start a new one."""
        location = None if self._artifacts is None else (self._artifacts / name).as_uri()
        found = self._client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        try:
            return str(self._client.create_experiment(name, artifact_location=location))
        except MlflowException:
            # Another sweep of the same name was faster.
            found = self._client.get_experiment_by_name(name)
            if found is None:
                raise
            return str(found.experiment_id)

    def _find_or_create(self, tags: Mapping[str, str], name: str) -> Run:
        """The run that carries these tags."""
        wanted = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        found = self._client.search_runs([self._experiment], wanted, max_results=1)
        if found:
            return found[0]
        with asking_once():
            return self._client.create_run(self._experiment, tags=dict(tags), run_name=name)

    def _upload(self, run: Run, folder: Path, files: Sequence[Path]) -> dict[str, str]:
        """Upload what changed since the last time. Returns tags with the digests, to be set when all lie there."""
        digests = {file: digest_file(file) for file in files}
        names = {file: file.relative_to(folder) for file in files}
        for file, digest in digests.items():
            if run.data.tags.get(_digest_tag(names[file])) != digest:
                place = names[file].parent
                self._client.log_artifact(run.info.run_id, str(file), None if place == Path() else place.as_posix())
        return {_digest_tag(names[file]): digest for file, digest in digests.items()}

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

    def _set_status(self, run: Run, status: str) -> None:
        if run.info.status == status:
            return
        if status == "RUNNING":
            self._client.update_run(run.info.run_id, status=status)
        else:
            self._client.set_terminated(run.info.run_id, status)


def _digest_tag(name: Path) -> str:
    return f"sha256.{name.as_posix()}"


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
