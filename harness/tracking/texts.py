"""Sweeps of written texts: a run per job, its settings, and every number of its scores.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.jobfolder import JobFolder
from harness.tracking.content import Content, distinct, flatten, origin, plain, settings_of
from harness.tracking.kind import Entry, Kind
from harness.tracking.note import job_note, sweep_note


def axes(sweep: Entry) -> dict[str, str]:
    """Over what the jobs differ."""
    return {
        "models": distinct(job["model"] for job in sweep["jobs"]),
        "strategies": distinct(job["strategy"] for job in sweep["jobs"]),
        "temperatures": distinct(map(_temperature, sweep["jobs"])),
        "jobs": str(len(sweep["jobs"])),
    }


def job_content(job: Entry, folder: JobFolder) -> Content:
    """Resolved settings, every defined number of scores.json under its own name, and what made it."""
    scores = folder.read_scores()
    tags = {
        "job_id": job["job_id"],
        "model": job["model"],
        "strategy": job["strategy"],
        "temperature": plain(_temperature(job)),
        "seed": plain(job.get("seed")),
        "label": job["label"],
        "mlflow.note.content": job_note(job, scores),
        **origin(folder),
    }
    return Content(flatten(settings_of(folder.read_config())), dict(_metrics(scores)), tags)


def job_name(job: Entry) -> str:
    return f"{job['model']} {job['label']} T={plain(_temperature(job))}"


def _temperature(job: Entry) -> Any:
    return job.get("decoding", {}).get("temperature")


def _metrics(scores: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[tuple[str, float]]:
    for scorer, metrics in scores.items():
        for metric, score in metrics.items():
            if score["value"] is not None:
                yield f"{scorer}.{metric}", float(score["value"])


TEXTS = Kind(
    result="scores.json",
    files=("samples.jsonl", "scores.json", "config.yaml", "provenance.json", "timing.json", "reference.json"),
    axes=axes,
    note=sweep_note,
    job=job_content,
    job_name=job_name,
)
