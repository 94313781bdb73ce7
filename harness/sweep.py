"""The parent of a sweep: says what it is, and closes it whatever happened to its jobs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.errors import one_line
from harness.inputs.phrases import PhraseList
from harness.inputs.regexes import RegexList
from harness.interruptible import interruptible
from harness.interruption import FAILED
from harness.planning.arm import changed_options
from harness.planning.plan import Job, Plan
from harness.running.provenance import command_line, git_state
from harness.store.records import SCHEMA, remove_leftovers, write_json
from harness.terminal import saying, size_of
from harness.tracking import Tracking, log_finished, open_tracking

DONE = 0


def conduct(plan: Plan, launch: Callable[[], None], then: Callable[[], None] = lambda: None) -> int:
    """Run the plan's jobs with `launch`, then score, report and track what they left. Returns the exit code:
    0 all done, 1 some job failed, the disk or the memory is full, 130 or 143 interrupted (the same command continues).

    `then`: what else there is to write to the sweep's folder when all jobs are done, before it is tracked.
    """
    tracking = open_tracking(plan.settings)

    def work() -> int:
        # Hydra's end of a sweep in which a job raised. The jobs' states say which, and the rest is still reported.
        with suppress(SystemExit):
            launch()
        return _close(plan, tracking, then)

    return interruptible(tracking, lambda: write_sweep(plan), plan.folder, work)


def _close(plan: Plan, tracking: Tracking, then: Callable[[], None]) -> int:
    sweep = write_sweep(plan)
    with saying("scoring"):
        _score(sweep, plan.folder)
    _report(sweep, plan.folder)
    if not _failed(sweep):
        then()
    with saying("tracking"):
        log_finished(tracking, sweep, plan.folder)
    return _say_failures(sweep)


def write_sweep(plan: Plan) -> dict[str, Any]:
    """Write `sweep.json` with the jobs' states as they are on disk now; returns its content."""
    sweep = describe(plan)
    remove_leftovers([plan.folder / "sweep.json"])
    write_json(plan.folder / "sweep.json", sweep)
    return sweep


def describe(plan: Plan) -> dict[str, Any]:
    """The content of `sweep.json`."""
    first = plan.jobs[0]
    return {
        "schema": SCHEMA,
        "sweep_id": plan.id,
        "experiment": plan.settings.experiment_name,
        "jobs": [_describe_job(job, plan.folder) for job in plan.jobs],
        "phrases": _describe_list(first.phrases),
        "other_phrases": [_describe_list(found) for found in _other_phrases(plan)],
        "regexes": _describe_list(first.regexes),
        "heldout": _describe_list(first.heldout),
        "primary_metrics": list(plan.settings.primary_metrics),
        "margins": dict(plan.settings.margins),
        "scorers": list(plan.settings.scorers),
        "settings": shared([job.settings.as_config() for job in plan.jobs]),
        "git": git_state(),
        "command": command_line(),
    }


def shared(configs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The settings that all jobs have alike."""
    first, *others = configs
    return {key: value for key, value in first.items() if all(other.get(key) == value for other in others)}


def _describe_job(job: Job, sweep_folder: Path) -> dict[str, Any]:
    status = job.folder.known_status()
    return {
        "job_id": job.id,
        "folder": os.path.relpath(job.folder.path, sweep_folder),
        "model": job.source.label,
        "embedded": job.source.embedded,
        "phrases": job.phrases and job.phrases.digest,
        "strategy": job.settings.strategy.name,
        "options": changed_options(job.settings.strategy),
        "decoding": asdict(job.settings.decoding),
        "seed": job.settings.seed,
        "label": job.label,
        "state": status.state if status else "waiting",
        "error": status.error if status else None,
    }


def _other_phrases(plan: Plan) -> Iterable[PhraseList]:
    """The lists of a sweep over lists, each once, less that of the first job."""
    found = {job.phrases.digest: job.phrases for job in plan.jobs if job.phrases}
    first = plan.jobs[0].phrases
    return [phrases for digest, phrases in found.items() if first is None or digest != first.digest]


def _describe_list(found: PhraseList | RegexList | None) -> dict[str, Any] | None:
    return {"name": found.name, "digest": found.digest, "entries": list(found.entries)} if found else None


def _finished(sweep: Mapping[str, Any], sweep_folder: Path) -> Iterator[tuple[Mapping[str, Any], Path]]:
    for job in sweep["jobs"]:
        if job["state"] == "done":
            yield job, (sweep_folder / job["folder"]).resolve()


def _score(sweep: Mapping[str, Any], sweep_folder: Path) -> None:
    from harness.scoring.job import remembering, score_job

    read = remembering()
    for job, folder in _finished(sweep, sweep_folder):
        score_job(folder, job, read)


def _report(sweep: Mapping[str, Any], sweep_folder: Path) -> None:
    """Print the table, on a terminal what of it fits there, and where the report lies."""
    from harness.report.build import build_and_show

    if not any(_finished(sweep, sweep_folder)):
        return
    with saying("reporting"):
        report, table = build_and_show(sweep_folder, size_of(sys.stdout).columns if sys.stdout.isatty() else None)
    print(table)
    print(f"report: {report.resolve()}")


def _say_failures(sweep: Mapping[str, Any]) -> int:
    """One line per job that is not done; returns the exit code."""
    for job in _failed(sweep):
        why = job["error"] or "its worker never came to it, or died; the same command does it"
        said = f"{job['state']}: {job['model']} {job['label']} ({job['job_id']}): {why}"
        print(one_line(said), file=sys.stderr)
    return FAILED if _failed(sweep) else DONE


def _failed(sweep: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [job for job in sweep["jobs"] if job["state"] != "done"]
