"""A sweep in MLflow: one parent run, one child per job, found again by their tags, so that nothing is logged twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice, zip_longest
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from filelock import BaseFileLock, FileLock
from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException

from harness.digests import digest_file, digest_text
from harness.identity import DIGITS
from harness.jobfolder import JobFolder
from harness.listing import LISTS
from harness.tracking.base import SweepState
from harness.tracking.content import Content, Input, flatten, made_by, plain, settings_of
from harness.tracking.inputs import missing
from harness.tracking.kind import Entry, Kind, kind_of
from harness.tracking.names import sweep_name
from harness.tracking.note import jobs_table
from harness.tracking.span import begin, span, written
from harness.tracking.store import Store, asking_once
from harness.tracking.views import links, view_tag

STATUS: Mapping[SweepState, str] = {"done": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}
PARENT, NOTE = "mlflow.parentRunId", "mlflow.note.content"
# Limits of one log_batch call (mlflow.utils.validation): 100 params, 100 tags, 1,000 entities together.
PARAMS, TAGS, METRICS = 100, 100, 800
REPORTS = ("report.html", "table.md")  # what a reader opens first, where it is there
UPLOADED = "sha256"  # a tag: the digest of each file that lies with the run
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
            self._describe_experiment()
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
            uploaded = self._upload(run, job_folder, [file for file in files if file.is_file()], content.cards)
            self._update(run, replace(content, tags={**content.tags, **uploaded}))
            self._set_status(run, "FINISHED", ended)

    def finish_sweep(self, sweep: Entry, sweep_folder: Path, state: SweepState) -> None:
        files = [file for pattern in REPORT_FILES for file in sorted(sweep_folder.glob(pattern)) if file.is_file()]
        unfinished = [job["job_id"] for job in sweep["jobs"] if job["state"] != "done"]
        tags = {NOTE: self._note(sweep_folder), "unfinished_jobs": " ".join(unfinished)}
        with self._lock:
            parent = self._client.get_run(self._parent)
            uploaded = self._upload(parent, sweep_folder, files, {})
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

    def _describe_experiment(self) -> None:
        """What it asks, that it is no chat's, and a view of this sweep's jobs. What stands there is left alone."""
        experiment = self._client.get_experiment(self._experiment)
        view = view_tag(self._sweep, self._kind, experiment.creation_time or 0)
        question = dict(LISTS["experiments"]()).get(experiment.name)
        told = {"mlflow.experimentKind": "custom_model_development", **({NOTE: question} if question else {})}
        for key, value in {**told, **(dict([view]) if view else {})}.items():
            if key not in experiment.tags:
                self._client.set_experiment_tag(self._experiment, key, value)

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

    def _find_or_create(self, tags: Mapping[str, str], name: str, begun: int) -> Run:
        """The run that carries these tags; a new one gets the name, and begins then (milliseconds)."""
        wanted = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        found = self._client.search_runs([self._experiment], wanted, max_results=1)
        if found:
            return found[0]
        with asking_once():
            return self._client.create_run(self._experiment, begun, tags=dict(tags), run_name=name)

    def _upload(self, run: Run, folder: Path, files: Sequence[Path], texts: Mapping[str, str]) -> dict[str, str]:
        """Upload what changed since the last time. Returns a tag with the digests, to be set when all lie there."""
        known = _uploaded(run)
        digests = {name: digest_text(text)[:DIGITS] for name, text in texts.items()}
        for file in files:
            name = file.relative_to(folder).as_posix()
            digests[name] = digest_file(file)[:DIGITS]
            if known.get(name) != digests[name]:
                place = PurePosixPath(name).parent
                self._client.log_artifact(run.info.run_id, str(file), None if place == PurePosixPath() else str(place))
        for name, text in texts.items():
            if known.get(name) != digests[name]:
                self._client.log_text(run.info.run_id, text, name)
        return {UPLOADED: plain(digests)}

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


def _uploaded(run: Run) -> Mapping[str, Any]:
    """File → digest, as the run's tag says; nothing where it does not: then all is uploaded once more."""
    try:
        found = json.loads(run.data.tags.get(UPLOADED, "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


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
