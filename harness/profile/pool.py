"""Several jobs of a sweep as one corpus: what they are called together, and what sets them apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.store.identity import DIGITS

Entry = Mapping[str, Any]  # a job's entry in sweep.json

NAMED = 3  # models and arms that are named one by one


def name_of(jobs: Sequence[Entry]) -> str:
    """The models and arms, each once; of many jobs their number and models."""
    names = _distinct(f"{job['model']} {job['label']}" for job in jobs)
    if len(names) <= NAMED:
        return ", ".join(names)
    return f"{len(jobs)} jobs of {', '.join(_distinct(job['model'] for job in jobs))}"


def pooled(jobs: Sequence[Entry]) -> str | None:
    """`2 jobs that differ in decoding.temperature (0.7, 1.0)`; None for a single one."""
    if len(jobs) < 2:
        return None
    apart = ", ".join(f"{key} ({', '.join(values)})" for key, values in _apart(jobs).items())
    return f"{len(jobs)} jobs that differ in {apart or 'what their folders say'}"


def listed(jobs: Sequence[Entry]) -> str:
    """Each with its id, and what sets it apart from the others."""
    keys = [key for key in _apart(jobs) if key not in ("model", "strategy")]
    return "; ".join(
        " ".join([job["model"], job["label"], *(f"{key}={_told(job).get(key)}" for key in keys), f"({job['job_id']})"])
        for job in jobs
    )


def _apart(jobs: Sequence[Entry]) -> dict[str, list[str]]:
    """What differs → its values."""
    told = [_told(job) for job in jobs]
    values = {key: _distinct(str(each.get(key)) for each in told) for each in told for key in each}
    return {key: found for key, found in values.items() if len(found) > 1}


def _told(job: Entry) -> dict[str, Any]:
    """What decides its texts, as far as the entry says."""
    phrases = str(job.get("phrases"))[:DIGITS]
    decoding = {f"decoding.{key}": value for key, value in job.get("decoding", {}).items()}
    return {"model": job["model"], "strategy": job["label"], **decoding, "seed": job.get("seed"), "phrases": phrases}


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
