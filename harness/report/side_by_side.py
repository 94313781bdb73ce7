"""Several sweeps as one: their rows after each other, compared only where everything else agrees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from string import ascii_uppercase

from harness.errors import InputError
from harness.report.sweep_data import JobData, PhraseSet, Setting, Source, SweepData, read_sweep
from harness.scoring.reference import one_judge
from harness.store.jobfolder import JobFolder
from harness.store.schema import read_record

LISTS = ("banned list", "regexes", "held-out list")
UNLIKE = PhraseSet("lists that differ", "", ())
Texts = Mapping[str, str]  # prompt id → prompt


def read_side_by_side(folders: Sequence[Path]) -> SweepData:
    """The sweeps in the given order. Jobs that an earlier sweep has too, with the same texts, are shown once.

    Raise InputError as `read_sweep` does, for exact laws, for a sweep given twice, for more than 26, and where
    different reference models read the texts.
    """
    if len(folders) > len(ascii_uppercase):
        raise InputError("SWEEP_FOLDER", len(folders), f"{len(ascii_uppercase)} sweeps stand side by side at most")
    sources: list[Source] = []
    for letter, folder in zip(ascii_uppercase, folders, strict=False):
        sweep = _read(folder)
        if any(sweep.sweep_id == source.sweep.sweep_id for source in sources):
            raise InputError("SWEEP_FOLDER", str(folder), f"sweep {sweep.sweep_id} is given twice")
        sources.append(Source(letter, sweep))
    one_judge(job.folder for source in sources for job in source.sweep.done)
    return side_by_side(sources)


def side_by_side(sources: Sequence[Source]) -> SweepData:
    """Rows of the first sweep keep their names, those of the others carry their letter."""
    sweeps = [source.sweep for source in sources]
    prompts, doubtful = _prompts_of(sources), _doubtful(sweeps)
    jobs: list[JobData] = []
    for source, of in zip(sources, prompts, strict=True):
        for job in source.sweep.jobs:
            placed = replace(job, apart=_apart(job, of, doubtful))
            if not any(_same(placed, other) for other in jobs):
                jobs.append(placed if source is sources[0] else _lettered(placed, source.letter, jobs))
    return SweepData(
        sweep_id="+".join(sweep.sweep_id for sweep in sweeps),
        experiment=" + ".join(dict.fromkeys(sweep.experiment for sweep in sweeps)),
        command=(),
        phrases=_agreed(sweep.phrases for sweep in sweeps),
        regexes=_agreed(sweep.regexes for sweep in sweeps),
        heldout=_agreed(sweep.heldout for sweep in sweeps),
        jobs=tuple(jobs),
        primary=tuple(dict.fromkeys(metric for sweep in sweeps for metric in sweep.primary)),
        margins={
            metric: margin
            for metric, margin in sweeps[0].margins.items()
            if all(sweep.margins.get(metric) == margin for sweep in sweeps)
        },
        sources=tuple(sources),
    )


def _read(folder: Path) -> SweepData:
    file = folder / "sweep.json"
    if file.is_file() and read_record(file).get("task") == "law":
        raise InputError("SWEEP_FOLDER", str(folder), "holds exact laws, which need no other sweep beside them")
    return read_sweep(folder)


def _apart(job: JobData, prompts: str, doubtful: Collection[str]) -> Setting:
    """What two jobs must share besides a setting to be compared; digests where a name may mean several contents."""
    banned, regexes, heldout = job.lists

    def digest(name: str, content: str) -> str:
        return content[:8] if name in doubtful else ""

    return (
        ("prompts", f"of {prompts}"),
        ("weights", digest(job.model, _weights(job))),
        ("banned list", digest(banned.name, banned.digest)),
        ("regexes", f"{regexes.name} {digest(regexes.name, regexes.digest)}".rstrip()),
        ("held-out list", f"{heldout.name} {digest(heldout.name, heldout.digest)}".rstrip()),
    )


def _doubtful(sweeps: Sequence[SweepData]) -> set[str]:
    """Names of models and lists that stand for several contents."""
    contents: dict[str, set[str]] = defaultdict(set)
    for job in (job for sweep in sweeps for job in sweep.done):
        contents[job.model].add(_weights(job))
        for listed in job.lists:
            contents[listed.name].add(listed.digest)
    return {name for name, found in contents.items() if len(found) > 1}


def _weights(job: JobData) -> str:
    """Their digest, where the job's folder says it."""
    model = (JobFolder(job.folder).read_provenance() or {}).get("model")
    return str(model.get("weights", "")) if isinstance(model, Mapping) else ""


def _lettered(job: JobData, letter: str, others: Iterable[JobData]) -> JobData:
    """With a job id of its own, should another sweep have a job of the same law but other texts."""
    taken = any(job.job_id == other.job_id for other in others)
    return replace(job, label=f"{job.label} ({letter})", job_id=f"{job.job_id} ({letter})" if taken else job.job_id)


def _same(job: JobData, other: JobData) -> bool:
    return job.is_done and (job.job_id, job.setting, job.samples) == (other.job_id, other.setting, other.samples)


def _prompts_of(sources: Sequence[Source]) -> list[str]:
    """For each sweep the letter of the first that has the same prompts."""
    known = {source.letter: _prompts(source.sweep) for source in sources}
    return [
        next(letter for letter, earlier in known.items() if _same_prompts(earlier, known[source.letter]))
        for source in sources
    ]


def _prompts(sweep: SweepData) -> Texts:
    return {sample.prompt_id: sample.prompt for job in sweep.done for sample in job.samples}


def _same_prompts(one: Texts, other: Texts) -> bool:
    """They share prompts, and where they share an id it names the same words."""
    shared = one.keys() & other.keys()
    return one == other or (bool(shared) and all(one[name] == other[name] for name in shared))


def _agreed(lists: Iterable[PhraseSet]) -> PhraseSet:
    first, *rest = lists
    return first if all(other == first for other in rest) else UNLIKE
