"""The jobs of a sweep in other processes, on this machine or others, by one of Hydra's launchers."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.config.compose import Config, Sweep, launch_some
from harness.launch.follow import following
from harness.launch.leash import leash
from harness.launch.notes import gathered_in
from harness.launch.rounds import Launch, Rounds
from harness.launch.worker import Silent, make_worker
from harness.planning.plan import Plan
from harness.progress import Progress
from harness.running.runner import run_job


def launch_elsewhere(arguments: argparse.Namespace, sweep: Sweep, plan: Plan, progress: Progress) -> None:
    """Only a job with something to write gets a worker."""
    with gathered_in(plan.folder) as notes, following(plan, progress, notes):
        left = {job.id: job for job in plan.jobs if job.missing()}
        for job in plan.jobs:
            if job.id not in left:
                run_job(job, Silent(progress.note))
        if left:
            with _launching(arguments, sweep, plan, notes) as launch:
                Rounds(list(left.values()), launch, sweep.launcher.is_slurm).run()


@contextmanager
def _launching(arguments: argparse.Namespace, sweep: Sweep, plan: Plan, notes: Path) -> Iterator[Launch]:
    places = {plan.job_of(config).id: place for place, config in enumerate(sweep.jobs)}
    with leash() as held:
        worker = make_worker(plan, sweep.launcher, held, notes)

        def launch(work: Callable[[Config], None], *more: str) -> Launch:
            asked = argparse.Namespace(**vars(arguments) | {"overrides": [*arguments.overrides, *more]})
            return lambda jobs: launch_some(asked, [places[job.id] for job in jobs], work)

        if sweep.launcher.is_slurm:
            from harness.launch.slurm.owning import owning, until_ended
            from harness.launch.slurm.task import Task

            with owning(sweep.launcher.name) as queue:
                yield until_ended(queue, launch(Task(worker), f"hydra.launcher.name={queue.name}"))
        else:
            yield launch(worker)
