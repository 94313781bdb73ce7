"""A sweep in MLflow: one parent run, one child per job, found again by their tags, so that nothing is logged twice."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, TypeVar

from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException

from harness.digests import digest_file
from harness.jobfolder import JobFolder, read_json
from harness.tracking.base import SweepState
from harness.tracking.content import Content, job_content, job_name, sweep_content, sweep_result
from harness.tracking.store import Store

STATUS: Mapping[SweepState, str] = {"done": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}
PARENT = "mlflow.parentRunId"
# Limits of one log_batch call (mlflow.utils.validation): 100 params, 100 tags, 1,000 entities together.
PARAMS, TAGS, METRICS = 100, 100, 800
REPORT_FILES = ("report.html", "table.md", "table.tex", "*.csv", "*.png", "*.pdf", "sweep.json")

T = TypeVar("T")


class MlflowTracking:
    """Writes to the store it was opened with. Raise MlflowException, or what database and network raise."""

    def __init__(self, store: Store, experiment: str) -> None:
        self._client = store.client
        self._artifacts = store.artifacts
        self._experiment = self._experiment_id(experiment)
        self._parent = ""

    def start_sweep(self, sweep: Mapping[str, Any], config: Mapping[str, Any]) -> None:
        name = f"{sweep['experiment']} {sweep['sweep_id']}"
        parent = self._find_or_create({"sweep_id": sweep["sweep_id"]}, name)
        self._parent = parent.info.run_id
        self._update(parent, sweep_content(sweep, config))
        self._set_status(parent, "RUNNING")

    def log_job(self, job: Mapping[str, Any], job_folder: Path) -> None:
        run = self._find_or_create({"job_id": job["job_id"], PARENT: self._parent}, job_name(job))
        folder = JobFolder(job_folder)
        files = [folder.samples, folder.scores, folder.config, folder.provenance]
        digests = self._upload(run, [file for file in files if file.is_file()])
        content = job_content(job, folder)
        self._update(run, Content(content.params, content.metrics, {**content.tags, **digests}))
        self._set_status(run, "FINISHED")

    def finish_sweep(self, sweep_folder: Path, state: SweepState) -> None:
        parent = self._client.get_run(self._parent)
        files = [file for pattern in REPORT_FILES for file in sorted(sweep_folder.glob(pattern))]
        digests = self._upload(parent, files)
        content = sweep_result(read_json(sweep_folder / "sweep.json"), sweep_folder)
        self._update(parent, Content(content.params, content.metrics, {**content.tags, **digests}))
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
        return found[0] if found else self._client.create_run(self._experiment, tags=dict(tags), run_name=name)

    def _upload(self, run: Run, files: Sequence[Path]) -> dict[str, str]:
        """Upload what changed since the last time. Returns tags with the digests, to be set when all lie there."""
        digests = {f"sha256.{file.name}": digest_file(file) for file in files}
        for file, (tag, digest) in zip(files, digests.items(), strict=True):
            if run.data.tags.get(tag) != digest:
                self._client.log_artifact(run.info.run_id, str(file))
        return digests

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
