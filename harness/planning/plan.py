"""Every job of a sweep, found and checked before the first one runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from harness.config.compose import Config
from harness.config.reading import from_config
from harness.config.settings import DatasetSettings, ModelSettings, Settings
from harness.errors import InputError
from harness.inputs.phrases import PhraseList, load_phrases, tell_surprises
from harness.inputs.prompts import PromptSet, load_prompts
from harness.inputs.regexes import RegexList, load_regexes
from harness.paths import is_dir, is_file
from harness.planning.arm import Lists, build_strategy, label_of, meaning_of
from harness.planning.readers import check_prompts
from harness.planning.strategy_code import warn_of_edits
from harness.planning.weights import ModelSource, locate
from harness.plugins.registry import import_files
from harness.store.failures import are_too_many, failed
from harness.store.identity import canonical, job_id, sweep_id
from harness.store.jobfolder import JobFolder
from harness.store.records import Cell, read_samples
from harness.store.schema import check_run
from harness.store.timing import read_timing
from sampler import Decoding


@dataclass(frozen=True)
class Job:
    """One arm on one model: settings, what they name, and the identity that follows."""

    settings: Settings
    source: ModelSource
    prompts: PromptSet
    phrases: PhraseList | None
    regexes: RegexList | None
    heldout: PhraseList | None

    @cached_property
    def id(self) -> str:
        return job_id(self._meaning())

    @property
    def folder(self) -> JobFolder:
        return JobFolder(Path(self.settings.runs_dir) / self.settings.experiment_name / self.id)

    @property
    def label(self) -> str:
        """The strategy and what sets it apart, as tables call it."""
        return label_of(self.settings.strategy)

    @property
    def lists(self) -> Lists:
        """What strategies are given for the parameters of these names."""
        return {
            "phrases": self.phrases.as_argument() if self.phrases else (),
            "regexes": self.regexes.entries if self.regexes else (),
        }

    def as_config(self) -> dict[str, Any]:
        """The settings, with names that find the lists again from any folder."""
        lists = {"phrases": self.phrases, "regexes": self.regexes, "heldout": self.heldout}
        return self.settings.as_config() | {name: found and found.source for name, found in lists.items()}

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The selected texts in (prompt, repeat) order: the order of a finished file."""
        repeats = range(self.settings.repeats)
        return tuple(Cell(item.id, repeat) for item in self.prompts.items for repeat in repeats)

    def missing(self) -> tuple[Cell, ...]:
        """The selected cells that are not on disk; failed ones too, where there are too many of them.

        Raise ValueError when the file is broken.
        """
        there = {sample.cell: sample for sample in read_samples(self.folder.samples)}
        lacking = tuple(cell for cell in self.cells if cell not in there)
        bad = {sample.cell for sample in failed(there[cell] for cell in self.cells if cell in there)}
        if not are_too_many(len(bad), len(self.cells), self.settings.fail_on_error):
            return lacking
        return tuple(cell for cell in self.cells if cell in bad or cell not in there)

    def decoding(self) -> Decoding:
        decoding = self.settings.decoding
        return Decoding(decoding.temperature, decoding.top_k, decoding.top_p, decoding.min_p)

    def _meaning(self) -> dict[str, Any]:
        settings = self.settings
        regexes = {"regexes": self.regexes.digest} if self.regexes else {}
        return regexes | {
            "weights": self.source.weights,
            "tokenizer": self.source.tokenizer,
            **settings.model.meaning,
            "prompts": self.prompts.digest,
            "phrases": self.phrases.digest if self.phrases else None,
            "strategy": meaning_of(settings.strategy),
            "decoding": asdict(settings.decoding),
            "max_draws": settings.max_draws,
            "stop": settings.stop,
            "seed": settings.seed,
        }


@dataclass(frozen=True)
class Plan:
    """The jobs of one command, without doubles, in the order they run; each is known by its configuration too."""

    jobs: tuple[Job, ...]
    by_config: Mapping[str, Job]

    def job_of(self, config: Config) -> Job:
        """The planned job of a configuration as Hydra hands it out."""
        return self.by_config[canonical(config)]

    @property
    def id(self) -> str:
        return sweep_id(job.id for job in self.jobs)

    @property
    def settings(self) -> Settings:
        """What all jobs share (experiment, folders, tracking) can be read from any of them."""
        return self.jobs[0].settings

    @property
    def folder(self) -> Path:
        return Path(self.settings.reports_dir) / self.settings.experiment_name / self.id


LONGEST_NAME = 255  # bytes of a file's name on the file systems in use
SHARED = ("experiment_name", "runs_dir", "reports_dir", "tracking", "primary_metrics", "margins", "scorers", "dry_run")


def make_plan(configs: Iterable[Config]) -> Plan:
    """Check every job. Raise InputError for the first that could not run; nothing is written."""
    read = caching_readers()
    prepared = [(config, prepare(config, read)) for config in configs]
    by_config = {canonical(config): job for config, job in prepared}
    for name in SHARED:
        values = {str(getattr(job.settings, name)) for job in by_config.values()}
        if len(values) > 1:
            raise InputError(name, ", ".join(sorted(values)), "must be one for the whole sweep; run two commands")
    plan = Plan(tuple({job.id: job for job in by_config.values()}.values()), by_config)
    _check_scorers(plan.settings.scorers)
    _check_metrics(plan.settings)
    for field in ("runs_dir", "reports_dir"):
        _check_writable(field, getattr(plan.settings, field), plan.settings.experiment_name)
    for job in plan.jobs:
        _check_runnable(job)
    tell_surprises(found for job in plan.jobs for found in (job.phrases, job.heldout))
    warn_of_edits(plan.jobs)
    return plan


class Readers(NamedTuple):
    """How a plan reads what settings name. Jobs of one plan share files, so it reads each once; the next plan anew."""

    model: Callable[[ModelSettings], ModelSource] = locate
    prompts: Callable[[DatasetSettings], PromptSet] = load_prompts
    phrases: Callable[[str, str], PhraseList] = load_phrases
    regexes: Callable[[str], RegexList] = load_regexes


def caching_readers() -> Readers:
    """Each file is read once."""
    return Readers(cache(locate), cache(load_prompts), cache(load_phrases), cache(load_regexes))


def prepare(config: Config, read: Readers) -> Job:
    """The job of one composed configuration. Raise InputError."""
    settings = from_config(config)
    import_files(map(Path, settings.imports))
    return Job(
        settings=settings,
        source=read.model(settings.model),
        prompts=read.prompts(settings.dataset),
        phrases=None if settings.phrases is None else read.phrases(settings.phrases, "phrases"),
        regexes=None if settings.regexes is None else read.regexes(settings.regexes),
        heldout=None if settings.heldout is None else read.phrases(settings.heldout, "heldout"),
    )


def check_strategy(job: Job) -> None:
    """Raise InputError for a strategy that cannot be built, or not with these decoding settings."""
    strategy = build_strategy(job.settings.strategy, job.lists)
    try:
        strategy.check(job.decoding())
    except ValueError as error:
        raise InputError("strategy", job.label, str(error)) from None
    except Exception as error:  # anybody's code
        raise InputError("strategy", job.label, f"cannot be checked: {type(error).__name__}: {error}") from None


def _check_writable(field: str, folder: str, experiment: str) -> None:
    """The experiment's folder is there or can be made in what is there."""
    path = (Path(folder) / experiment).absolute()
    if "\0" in folder or any(len(part.encode()) > LONGEST_NAME for part in path.parts):
        raise InputError(field, folder, f"no folder can be called that; {LONGEST_NAME} bytes a name are the most")
    there = next(parent for parent in (path, *path.parents) if is_dir(parent) or is_file(parent))
    if not is_dir(there) or not os.access(there, os.W_OK | os.X_OK):
        raise InputError(field, folder, f"{there} is no folder that can be written; name another")


def _check_scorers(names: tuple[str, ...]) -> None:
    from harness.scoring import selected

    try:
        selected(names)
    except ValueError as error:
        raise InputError("scorers", list(names), str(error)) from None


def _check_metrics(settings: Settings) -> None:
    """Of a metric that no scorer compares, a family or a margin would silently be about nothing."""
    from harness.scoring import SCORERS, comparable

    selected, every = comparable(settings.scorers), comparable(SCORERS)
    for metric in settings.primary_metrics:
        _check_compared("primary_metrics", list(settings.primary_metrics), metric, selected)
    for metric, margin in settings.margins.items():
        _check_compared(f"margins.{metric}", margin, metric, every)


def _check_compared(field: str, value: object, metric: str, known: Sequence[str]) -> None:
    if metric in known:
        return
    close = get_close_matches(metric, known, n=3, cutoff=0.5)
    remedy = f"did you mean {', '.join(close)}?" if close else "docs/METRICS.md lists them, those marked *set* aside"
    raise InputError(field, value, f"{metric!r} is compared by no selected scorer; {remedy}")


def _check_runnable(job: Job) -> None:
    """What only the sampler, the strategy and the tokenizer can say."""
    check_strategy(job)
    try:
        check_run(job.folder.path)
        read_timing(job.folder.timing)
        missing = job.missing()
    except InputError:
        raise
    except ValueError as error:
        raise InputError("runs_dir", job.settings.runs_dir, str(error)) from None
    waiting = {cell.prompt_id for cell in missing}
    check_prompts(job.settings.model, job.source, [item for item in job.prompts.items if item.id in waiting])
