"""What jobs are called while they run: what is the same for all of a sweep need not be said of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from harness.plan import Job
from harness.visible import unbroken

# Told in a column of their own, or no matter of a single job.
TOLD = ("model", "strategy", "experiment_name", "tracking", "runs_dir", "reports_dir")
SHORT = {"temperature": "T"}


class Name(NamedTuple):
    """A job's model, strategy and other settings, on one line each and without characters that act."""

    model: str
    strategy: str
    settings: str


def title_of(job: Job) -> str:
    """A job's name where it stands alone."""
    return f"{job.source.label} {job.label} T={job.settings.decoding.temperature:g}"


def names_of(jobs: Sequence[Job]) -> list[Name]:
    """For each job: of its settings the temperature, and whatever else differs within the sweep."""
    settings = [dict(_leaves(_told(job))) for job in jobs]
    values = Counter(key for key, _ in {pair for each in settings for pair in each.items()})
    shown = [key for key in settings[0] if values[key] > 1 or key == "decoding.temperature"] if settings else []
    return [
        Name(unbroken(job.source.label), unbroken(job.label), unbroken(" ".join(_spelled(each, shown))))
        for job, each in zip(jobs, settings, strict=True)
    ]


def _told(job: Job) -> Mapping[str, Any]:
    return {key: value for key, value in job.settings.as_config().items() if key not in TOLD}


def _leaves(group: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """`decoding.temperature` → "0.7" for every value that is no group."""
    for key, value in group.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, f"{value:g}" if isinstance(value, float) else str(value)


def _spelled(settings: Mapping[str, str], shown: Sequence[str]) -> Iterator[str]:
    for key in shown:
        name = key.rpartition(".")[2]
        yield f"{SHORT.get(name, name)}={settings.get(key, '')}"
