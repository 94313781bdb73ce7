"""What is said about a sweep and about a job: pure functions of the run folders."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.jobfolder import JobFolder, read_json
from harness.tracking.note import job_note, sweep_note

# Limits of MLflow's store (mlflow.utils.validation).
LONGEST_PARAM, LONGEST_TAG = 6000, 8000

# Where files lie and who is told says nothing about a result.
NOT_PARAMS = frozenset({"runs_dir", "reports_dir", "tracking", "dry_run"})


@dataclass(frozen=True)
class Content:
    """Everything that one MLflow run holds besides its files."""

    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


def sweep_content(sweep: Mapping[str, Any], config: Mapping[str, Any]) -> Content:
    """The parent run: what all jobs share, and over what they differ. Its metrics are its children's."""
    axes = {
        "models": _distinct(job["model"] for job in sweep["jobs"]),
        "strategies": _distinct(job["strategy"] for job in sweep["jobs"]),
        "temperatures": _distinct(job["decoding"].get("temperature") for job in sweep["jobs"]),
        "jobs": str(len(sweep["jobs"])),
    }
    shared = {key: value for key, value in config.items() if key not in NOT_PARAMS | {"model", "strategy", "decoding"}}
    tags = {
        "sweep_id": sweep["sweep_id"],
        "mlflow.source.name": " ".join(sweep.get("command", ())),
        "mlflow.source.type": "LOCAL",
        "mlflow.note.content": sweep_note(sweep, table=""),
    }
    return _within_limits(Content({**flatten(shared), **axes}, {}, tags))


def sweep_result(sweep: Mapping[str, Any], sweep_folder: Path) -> Content:
    """What the end adds to the parent run: the table, and which jobs failed."""
    table = sweep_folder / "table.md"
    note = sweep_note(sweep, table.read_text(encoding="utf-8") if table.is_file() else "")
    unfinished = [job["job_id"] for job in sweep["jobs"] if job["state"] != "done"]
    return _within_limits(Content({}, {}, {"mlflow.note.content": note, "unfinished_jobs": " ".join(unfinished)}))


def job_content(job: Mapping[str, Any], folder: JobFolder) -> Content:
    """A child run: resolved settings, every defined number of scores.json under its own name, and who made it."""
    config = yaml.safe_load(folder.config.read_text(encoding="utf-8"))
    settings = {key: value for key, value in config.items() if key not in NOT_PARAMS}
    scores = read_json(folder.scores) if folder.scores.is_file() else {}
    tags = {
        "job_id": job["job_id"],
        "model": job["model"],
        "strategy": job["strategy"],
        "temperature": plain(job["decoding"].get("temperature")),
        "seed": plain(job.get("seed")),
        "label": job["label"],
        "mlflow.note.content": job_note(job, scores),
        **_origin(folder),
    }
    return _within_limits(Content(flatten(settings), dict(_metrics(scores)), tags))


def job_name(job: Mapping[str, Any]) -> str:
    """Name of a child run, as the run table shows it: what sets the job apart within its sweep."""
    return f"{job['model']} {job['label']} T={plain(job['decoding'].get('temperature'))}"


def flatten(value: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested settings as "decoding.temperature" → "0.7"; lists and nulls are spelled as in JSON."""
    flat: dict[str, str] = {}
    for key, inner in value.items():
        flat |= flatten(inner, f"{prefix}{key}.") if isinstance(inner, Mapping) else {f"{prefix}{key}": plain(inner)}
    return flat


def plain(value: object) -> str:
    """A string as it stands, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _metrics(scores: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[tuple[str, float]]:
    for scorer, metrics in scores.items():
        for metric, score in metrics.items():
            if score["value"] is not None:
                yield f"{scorer}.{metric}", float(score["value"])


def _origin(folder: JobFolder) -> dict[str, str]:
    """MLflow's names for command and commit; nothing for a folder without a provenance."""
    made = read_json(folder.provenance) if folder.provenance.is_file() else {}
    git = made.get("git") or {}
    return {
        "mlflow.source.name": " ".join(made.get("command", ())),
        "mlflow.source.type": "LOCAL",
        **({"mlflow.source.git.commit": git["commit"], "git.dirty": plain(git["dirty"])} if git else {}),
    }


def _distinct(values: Iterator[Any]) -> str:
    return ", ".join(dict.fromkeys(map(plain, values)))


def _within_limits(content: Content) -> Content:
    params = {key: value[:LONGEST_PARAM] for key, value in content.params.items()}
    return Content(params, content.metrics, {key: value[:LONGEST_TAG] for key, value in content.tags.items()})
