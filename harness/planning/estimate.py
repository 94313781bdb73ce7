"""How long what is left may take: from finished jobs of the same model, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.errors import InputError
from harness.parsing import read_json
from harness.planning.plan import Job
from harness.store.jobfolder import JobFolder
from harness.store.timing import read_timing

NO_SOURCE = "no job of this model has been timed in this experiment's folder"


@dataclass(frozen=True)
class Pace:
    """What texts of a model took so far: wall seconds and kept tokens of so many texts."""

    seconds: float = 0.0
    kept: int = 0
    samples: int = 0

    def __add__(self, other: Pace) -> Pace:
        return Pace(self.seconds + other.seconds, self.kept + other.kept, self.samples + other.samples)


@dataclass(frozen=True)
class Estimate:
    """Of all that is left: tokens that will be kept, and wall seconds, one job after the other."""

    tokens: float
    seconds: float


def estimate(jobs: Iterable[Job]) -> Estimate | None:
    """None where a model of some job has never been timed.

    A text keeps as many tokens, and as many per second, as those before it did: of the same job, else of the same
    strategy, else of any strategy on the same weights.
    """
    left = [(job, len(job.missing())) for job in jobs]
    paces = [(count, _pace(job)) for job, count in left if count]
    if any(pace is None for _, pace in paces):
        return None
    known = [(count, pace) for count, pace in paces if pace is not None]
    tokens = sum(count * pace.kept / pace.samples for count, pace in known)
    return Estimate(tokens, sum(count * pace.seconds / pace.samples for count, pace in known))


def _pace(job: Job) -> Pace | None:
    timed = list(_timed(job))
    own = [pace for folder, _, pace in timed if folder == job.folder.path]
    same = [pace for _, strategy, pace in timed if strategy == job.settings.strategy.name]
    found = own or same or [pace for *_, pace in timed]
    return sum(found, Pace()) if found else None


def _timed(job: Job) -> Iterator[tuple[Path, str, Pace]]:
    """Folders of jobs with the same weights and at most as many tokens a text, their strategy, and their pace."""
    for provenance in job.folder.path.parent.glob("*/provenance.json"):
        folder = JobFolder(provenance.parent)
        try:
            config, made = folder.read_config(), read_json(provenance)
            segments = read_timing(folder.timing)
        except (InputError, OSError, ValueError):
            continue  # a broken folder says nothing about time
        same_length = config.get("decoding", {}).get("max_new_tokens") == job.settings.decoding.max_new_tokens
        if made.get("model", {}).get("weights") == job.source.weights and same_length:
            pace = Pace(
                sum(segment.seconds for segment in segments),
                sum(segment.kept for segment in segments),
                sum(segment.samples for segment in segments),
            )
            if pace.samples:
                yield folder.path, str(config.get("strategy", {}).get("name")), pace
