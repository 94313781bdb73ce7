"""Sweeps of written texts: a run per job, its settings, and every number of its scores.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.statistics.multiplicity import PRIMARY
from harness.store.jobfolder import JobFolder, Scores
from harness.tracking.cards import MODEL, STRATEGY, model_card, strategy_card
from harness.tracking.content import Content, distinct, flatten, leading, origin, plain, settings_of
from harness.tracking.inputs import inputs_of
from harness.tracking.kind import Entry, Kind
from harness.tracking.names import arm_name, job_name
from harness.tracking.note import job_note, named, spelled, sweep_note


def axes(sweep: Entry) -> dict[str, str]:
    """Over what the jobs differ."""
    return {
        "models": distinct(job["model"] for job in sweep["jobs"]),
        "strategies": distinct(job["strategy"] for job in sweep["jobs"]),
        "temperatures": distinct(map(_temperature, sweep["jobs"])),
        "jobs": str(len(sweep["jobs"])),
    }


def headlines(sweep: Entry) -> tuple[str, ...]:
    """The family that the sweep declared before looking, or the one that is taken where it declared none."""
    return tuple(sweep.get("primary_metrics") or PRIMARY)


def job_content(sweep: Entry, job: Entry, folder: JobFolder) -> Content:
    """Resolved settings, every defined number of scores.json under its own name, what was read, and what made it."""
    scores, config, made = folder.read_scores(), folder.read_config(), folder.read_provenance() or {}
    first = headlines(sweep)
    tags = {
        "job_id": job["job_id"],
        "sweep": sweep["sweep_id"],
        "model": job["model"],
        "strategy": job["strategy"],
        "temperature": plain(_temperature(job)),
        "seed": plain(job.get("seed")),
        "label": job["label"],
        "mlflow.note.content": job_note(job, scores, first),
        **origin(folder),
    }
    return Content(
        {"arm": arm_name(job), **flatten(settings_of(config))},
        {**_metrics(scores, first), **_intervals(scores, first)},
        tags,
        tuple(inputs_of(sweep, config, made)),
        _cards(job, config, made),
    )


def values(folder: JobFolder) -> dict[str, str]:
    return {name: spelled(score) for name, score in named(folder.read_scores()).items()}


def _cards(job: Entry, config: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, str]:
    model, arm = config.get("model"), config.get("strategy")
    named = {**made, "model": {"label": job["model"], **(made.get("model") or {})}}
    settings = model if isinstance(model, Mapping) else {}
    return {
        MODEL: model_card(named, settings, bool(job.get("embedded"))),
        STRATEGY: strategy_card(job["label"], arm if isinstance(arm, Mapping) else {"name": job["strategy"]}),
    }


def _temperature(job: Entry) -> Any:
    return job.get("decoding", {}).get("temperature")


def _metrics(scores: Scores, first: Sequence[str]) -> dict[str, float]:
    found = {name: float(score["value"]) for name, score in named(scores).items() if score["value"] is not None}
    return leading(first, found)


def _intervals(scores: Scores, first: Sequence[str]) -> dict[str, float]:
    """Of the headlines alone, in a group of their own: MLflow draws a chart for every metric it is given."""
    found, ends = named(scores), ("low", "high")
    intervals = {name: found[name]["ci"] for name in first if name in found and found[name]["ci"] is not None}
    return {
        f"interval/{name}.{end}": bound for name, ci in intervals.items() for end, bound in zip(ends, ci, strict=True)
    }


TEXTS = Kind(
    result="scores.json",
    files=("samples.jsonl", "scores.json", "config.yaml", "provenance.json", "timing.json", "reference.json"),
    axes=axes,
    headlines=headlines,
    cost="cost.forwards_per_kept",
    note=sweep_note,
    job=job_content,
    values=values,
    job_name=job_name,
)
