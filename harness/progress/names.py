"""What jobs are called while they run: what is the same for all of a sweep need not be said of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from harness.leaves import leaves
from harness.planning.plan import Job
from harness.visible import unbroken

# Told in a column of their own, or no matter of a single job.
TOLD = ("model", "strategy", "experiment_name", "tracking", "runs_dir", "reports_dir")
TEMPERATURE = "decoding.temperature"
SHORT = {TEMPERATURE: "T"}


class Name(NamedTuple):
    """A job's model, strategy and other settings, on one line each and without characters that act."""

    model: str
    strategy: str
    settings: Mapping[str, str]  # temperature, and what else differs within the sweep


def title_of(job: Job) -> str:
    """A job's name where it stands alone."""
    return f"{job.source.label} {job.label} T={job.settings.decoding.temperature:g}"


def names_of(jobs: Sequence[Job]) -> list[Name]:
    """For each job: of its settings the temperature, and whatever else differs within the sweep."""
    settings = [{key: _spelled(value) for key, value in leaves(_told(job))} for job in jobs]
    values = Counter(key for key, _ in {pair for each in settings for pair in each.items()})
    shown = [key for key in settings[0] if values[key] > 1 or key == TEMPERATURE] if settings else []
    heads = _heads(shown)
    return [
        Name(
            unbroken(job.source.label),
            unbroken(job.label),
            {head: unbroken(each.get(key, "")) for key, head in heads.items()},
        )
        for job, each in zip(jobs, settings, strict=True)
    ]


def _told(job: Job) -> Mapping[str, Any]:
    return {key: value for key, value in job.settings.as_config().items() if key not in TOLD}


def _heads(keys: Sequence[str]) -> dict[str, str]:
    """Setting → what its column is called: the last part of its key, if no other has the same."""
    last = Counter(key.rpartition(".")[2] for key in keys)
    return {
        key: SHORT.get(key) or (key if last[name] > 1 else name) for key in keys for name in [key.rpartition(".")[2]]
    }


def _spelled(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
