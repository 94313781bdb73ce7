"""A sweep as read from disk: its jobs, their samples and their measurements. Needs no model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from harness.scoring import Context, Measurement, measure
from harness.scoring.job import read_segments
from harness.scoring.reference import one_judge, read_reference
from harness.statistics.equivalence import MARGINS
from harness.statistics.multiplicity import PRIMARY
from harness.store.jobfolder import JobFolder
from harness.store.records import Sample
from harness.store.sweep_file import job_folder, read_sweep_file
from harness.store.timing import Segment

PLAIN = "plain"
# Names and values, hashable.
Setting = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PhraseSet:
    """A list of phrases or regexes as the sweep used it; without entries where it used none."""

    name: str
    digest: str
    entries: tuple[str, ...]


class Lists(NamedTuple):
    """What a job banned, and is counted by."""

    phrases: PhraseSet
    regexes: PhraseSet
    heldout: PhraseSet


@dataclass(frozen=True)
class JobData:
    """One cell of the sweep. Only a done job has samples and measurements ("<scorer>.<metric>" → measurement)."""

    job_id: str
    folder: Path
    model: str
    strategy: str
    options: Mapping[str, Any]
    decoding: Mapping[str, Any]
    seed: int
    lists: Lists
    embedded: bool
    label: str  # the strategy and what sets it apart: "antislop ban=soft"
    sweep_id: str
    state: str
    error: str | None
    samples: tuple[Sample, ...] = ()
    segments: tuple[Segment, ...] = ()
    measurements: Mapping[str, Measurement] = field(default_factory=dict)
    apart: Setting = ()  # what else must agree where several sweeps stand side by side

    @property
    def is_done(self) -> bool:
        return self.state == "done"

    @cached_property
    def setting(self) -> Setting:
        """What jobs must share to be compared: model, decoding, seed and list."""
        fields = {"model": self.model, **self.decoding, "seed": self.seed, "phrases": self.lists.phrases.name}
        return (*((name, str(value)) for name, value in fields.items()), *self.apart)


@dataclass(frozen=True)
class Source:
    """A sweep beside others, with the letter by which its rows are known."""

    letter: str
    sweep: SweepData


@dataclass(frozen=True)
class SweepData:
    """All that the report shows, in the sweep's order, or of several sweeps (`sources`) one after the other.

    `primary` names the metrics that are corrected as one family.
    """

    sweep_id: str
    experiment: str
    command: tuple[str, ...]
    phrases: PhraseSet
    regexes: PhraseSet
    heldout: PhraseSet
    jobs: tuple[JobData, ...]
    primary: tuple[str, ...]
    margins: Mapping[str, float] = field(default_factory=dict)  # metric → difference to Plain that does not matter
    sources: tuple[Source, ...] = ()

    @cached_property
    def done(self) -> tuple[JobData, ...]:
        return tuple(job for job in self.jobs if job.is_done)

    @property
    def unfinished(self) -> tuple[JobData, ...]:
        return tuple(job for job in self.jobs if not job.is_done)

    def plain_of(self, job: JobData) -> JobData | None:
        """The Plain arm with the job's model, decoding, seed and list, of its own sweep if that has one.

        None for Plain itself or without one.
        """
        if job.strategy == PLAIN:
            return None
        arms = self._plain_arms.get(job.setting, ())
        return next((arm for arm in arms if arm.sweep_id == job.sweep_id), next(iter(arms), None))

    @cached_property
    def _plain_arms(self) -> Mapping[Setting, Sequence[JobData]]:
        arms: dict[Setting, list[JobData]] = defaultdict(list)
        for job in self.done:
            if job.strategy == PLAIN:
                arms[job.setting].append(job)
        return arms


def read_sweep(sweep_folder: Path) -> SweepData:
    """Read sweep.json and the finished jobs it lists, and measure them.

    Raise InputError when the folder has no sweep.json of a version that is read, or one with a wrong field; ValueError,
    naming the file, when one of the files is broken.
    """
    return _sweep(sweep_folder, read_sweep_file(sweep_folder))


def _sweep(sweep_folder: Path, sweep: Mapping[str, Any]) -> SweepData:
    phrases, regexes, heldout = (_phrase_set(sweep.get(name)) for name in ("phrases", "regexes", "heldout"))
    known = {found.digest: found for found in (phrases, *map(_phrase_set, sweep.get("other_phrases", ())))}

    one_judge(job_folder(sweep_folder, entry) for entry in sweep["jobs"] if entry["state"] == "done")

    def job(entry: Mapping[str, Any]) -> JobData:
        banned = known.get(str(entry.get("phrases")), phrases)
        return _job(sweep_folder, sweep, entry, Lists(banned, regexes, heldout))

    return SweepData(
        sweep_id=sweep["sweep_id"],
        experiment=sweep["experiment"],
        command=tuple(sweep.get("command", ())),
        phrases=phrases,
        regexes=regexes,
        heldout=heldout,
        jobs=tuple(map(job, sweep["jobs"])),
        primary=tuple(sweep.get("primary_metrics") or PRIMARY),
        margins=sweep.get("margins", MARGINS),
    )


def _job(sweep_folder: Path, sweep: Mapping[str, Any], entry: Mapping[str, Any], lists: Lists) -> JobData:
    folder = JobFolder(job_folder(sweep_folder, entry))
    done = entry["state"] == "done"
    samples = tuple(folder.read_selected()) if done else ()
    segments = read_segments(folder) if done else ()
    context = Context(
        lists.phrases.entries,
        lists.heldout.entries,
        lists.regexes.entries,
        segments=segments,
        reference=read_reference(folder.path),
    )
    return JobData(
        job_id=entry["job_id"],
        folder=folder.path,
        model=entry["model"],
        strategy=entry["strategy"],
        options=entry.get("options", {}),
        decoding=entry.get("decoding", {}),
        seed=entry.get("seed", 0),
        lists=lists,
        embedded=bool(entry.get("embedded")),
        label=entry["label"],
        sweep_id=sweep["sweep_id"],
        state=entry["state"],
        error=entry.get("error"),
        samples=samples,
        segments=segments,
        measurements=measure(samples, context, sweep.get("scorers", ())) if done else {},
    )


def _phrase_set(entry: Mapping[str, Any] | None) -> PhraseSet:
    """An absent list is an empty one: its metrics are left out."""
    return PhraseSet(entry["name"], entry["digest"], tuple(entry["entries"])) if entry else PhraseSet("none", "", ())
