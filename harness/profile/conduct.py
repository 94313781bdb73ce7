"""task=profile_and_ban: generate, find what is over-used, ban half of it, generate again, see what came instead.

Two sweeps of one command. The first is Plain alone, and is profiled. The second has all arms, with the found halves as
its lists and the next seed: a list judged on the texts that it was found in would always look better than it is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.config.compose import Config
from harness.errors import InputError
from harness.interruption import FAILED
from harness.planning.dry_run import describe_plan
from harness.planning.plan import Job, Plan, make_plan
from harness.profile.agreement import agreement
from harness.profile.baseline import Baseline, load_baseline
from harness.profile.corpus import Corpus, read_job
from harness.profile.overuse import Rules
from harness.profile.profile import Profile, make_profile
from harness.profile.reprofile import as_csv, as_markdown, reprofile
from harness.profile.write import write_profile
from harness.progress import open_progress
from harness.running.runner import run_job
from harness.store.records import write_files, write_json
from harness.sweep import DONE, conduct

PLAIN = "plain"
STAND_IN = "inkling_banned"  # so that arms are checked before there is a list


@dataclass(frozen=True)
class Experiment:
    """`first`: Plain alone, without lists; `arms`: the configurations of the second sweep but for its lists."""

    first: Plan
    arms: tuple[Config, ...]
    baseline: Baseline
    rules: Rules
    known: tuple[str, ...]  # entries that the found list is compared with


def profile_and_ban(configs: Iterable[Config]) -> int:
    """Run both sweeps, or what is missing of them; returns the exit code. Raise InputError before writing anything."""
    experiment = _prepare(list(configs))
    if experiment.first.settings.dry_run:
        print(describe_plan(experiment.first))
        print(f"then {len(experiment.arms)} arms with the lists found in these texts")
        return DONE
    found: list[Profile] = []
    code = _run(experiment.first, lambda: found.append(_profile(experiment)))
    return code if code != DONE else _ban(experiment, found[0])


def _prepare(configs: list[Config]) -> Experiment:
    """Check all arms, with a list that stands in for the one to be found."""
    checked = make_plan([{**config, "phrases": config["phrases"] or STAND_IN} for config in configs])
    plain = [job for job in checked.jobs if job.settings.strategy.name == PLAIN]
    if len(plain) != 1 or len(checked.jobs) < 2:
        labels = ", ".join(f"{job.source.label} {job.label}" for job in checked.jobs)
        raise InputError("strategy", labels, "give plain once and an arm that bans, for one model: plain,antislop")
    settings = plain[0].settings.profile
    source = next(config for config in configs if config["strategy"]["name"] == PLAIN)
    return Experiment(
        first=make_plan([{**source, "phrases": None, "heldout": None}]),
        arms=tuple(configs),
        baseline=load_baseline(settings.baseline),
        rules=Rules(settings.min_prompts, settings.min_ratio, settings.min_z, settings.top),
        known=_known(plain[0], source),
    )


def _known(job: Job, config: Config) -> tuple[str, ...]:
    """The lists that were given: known already, so that one sees how much of them is found again."""
    phrases = job.phrases.entries if job.phrases and config["phrases"] else ()
    return (*phrases, *(job.heldout.entries if job.heldout else ()))


def _run(plan: Plan, then: Callable[[], None]) -> int:
    def launch() -> None:
        with open_progress(plan) as progress:
            for job in plan.jobs:
                run_job(job, progress)

    return conduct(plan, launch, then)


def _profile(experiment: Experiment) -> Profile:
    """Profile the first sweep's texts and write it beside their report."""
    found = _profile_of(experiment.first.jobs[0], experiment)
    folder = experiment.first.folder / "profile"
    write_profile(found, folder)
    print((folder / "table.md").read_text(encoding="utf-8"))
    print(f"{len(found.phrases)} phrases and {len(found.words)} words found: {folder.resolve()}")
    if experiment.known:
        _compare(found, experiment, folder)
    return found


def _compare(found: Profile, experiment: Experiment, folder: Path) -> None:
    """How much of the given lists, as far as it occurs, has been found again; written beside the profile."""
    least = experiment.rules.min_prompts
    agreed = agreement(found.corpus.texts, found.entries, experiment.known, least)
    write_json(folder / "agreement.json", agreed._asdict())
    right, again = agreed.found - len(agreed.wrong), agreed.known - len(agreed.missed)
    print(
        f"{right} of {agreed.found} found entries overlap given ones; of {agreed.known} given entries {again} are found"
    )


def _profile_of(job: Job, experiment: Experiment) -> Profile:
    corpus = Corpus(job.source.label, read_job(job.folder.path))
    return make_profile(corpus, experiment.baseline, experiment.rules)


def _ban(experiment: Experiment, found: Profile) -> int:
    folder = experiment.first.folder / "profile"
    lists = {name: str(folder / f"{name}.txt") for name in ("banned", "heldout")}
    if not (found.banned and found.heldout):
        print("too little is over-used to make a list of two halves; give more texts (repeats=)", file=sys.stderr)
        return FAILED
    changes = {"phrases": lists["banned"], "heldout": lists["heldout"]}
    second = make_plan([{**config, **changes, "seed": config["seed"] + 1} for config in experiment.arms])
    return _run(second, lambda: _reprofile(experiment, found, second))


def _reprofile(experiment: Experiment, found: Profile, second: Plan) -> None:
    """Write what is over-used now and was not before, for every arm beside what chance alone does."""
    profiles = {job.label: _profile_of(job, experiment) for job in second.jobs}
    plain = profiles[PLAIN]
    rows = [reprofile(f"{PLAIN}, another seed", found, plain)]
    rows += [reprofile(label, plain, after) for label, after in profiles.items() if label != PLAIN]
    title = f"{second.settings.experiment_name}: does new slop appear?"
    table = as_markdown(title, rows, experiment.rules)
    write_files(second.folder, {"reprofile.md": table, "reprofile.csv": as_csv(rows)})
    print(table)
    print(f"profiled again: {(second.folder / 'reprofile.md').resolve()}")
