"""A job in another process, on this machine or another: it knows its composed configuration, and the sweep's folder."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.config.launcher import Launcher
from harness.errors import InputError
from harness.interruption import said_of, terminable
from harness.launch.devices import devices_to_share, occupy
from harness.launch.leash import at_work, follow
from harness.launch.notes import leave_terminal, write_note

if TYPE_CHECKING:
    from harness.planning.plan import Job, Plan, Readers
    from harness.progress import Progress
    from harness.store.jobfolder import Status
    from harness.store.records import Cell, Sample

OMP = "OMP_NUM_THREADS"


@dataclass(frozen=True)
class Worker:
    """Runs the job of a configuration; what it holds is the same for all jobs of a sweep.

    `sweep`: where the sweep is described, in the folder that all machines share. `notes`: in it, where to write what is
    to be said. `parent`: the process that launches, which joblib takes for a single worker. `leash`, `threads` and
    `devices` are for workers that share the parent's machine: what they follow, and what there is to share.
    """

    folder: str
    command: tuple[str, ...]
    sweep: Path
    notes: Path
    parent: int
    workers: int
    leash: Path | None
    threads: int | None
    devices: tuple[str, ...]

    def __call__(self, config: Mapping[str, Any]) -> None:
        """Raise RuntimeError when the job was interrupted: the interruption of a worker is not that of its parent."""
        try:
            self.run(config, Silent(self.note))
        except KeyboardInterrupt as interruption:
            raise ended_early(interruption) from None

    def run(self, config: Mapping[str, Any], progress: Progress) -> None:
        """The same, but raise what interrupts."""
        with terminable():
            _enter(self)
            _run(config, self.sweep, progress)

    def note(self, job: Job, what: str) -> None:
        """Have the parent say it."""
        write_note(self.notes, job, what)


def ended_early(interruption: KeyboardInterrupt) -> RuntimeError:
    """What a launcher may carry to the parent."""
    return RuntimeError(f"a worker ended early: {said_of(interruption)}")


def _run(config: Mapping[str, Any], sweep: Path, progress: Progress) -> None:
    from harness.planning.plan import prepare
    from harness.running.runner import run_job

    with at_work():
        job = prepare(config, _readers(sweep))
        _check_planned(job.id, sweep)
        run_job(job, progress)


class Silent:
    """The parent tells how far the sweep is, from the jobs' folders; what befalls a job goes to `note`."""

    def __init__(self, note: Callable[[Job, str], None]) -> None:
        self._note = note

    def start_job(self, job: Job, missing: Collection[Cell]) -> None: ...
    def load_job(self, job: Job) -> None: ...
    def add(self, job: Job, sample: Sample) -> None: ...
    def end_job(self, job: Job, status: Status) -> None: ...
    def note(self, job: Job, what: str) -> None:
        self._note(job, what)


def make_worker(plan: Plan, launcher: Launcher, leash: Path, notes: Path) -> Worker:
    """What the parent hands to the launcher."""
    here = launcher.one_machine
    return Worker(
        folder=os.getcwd(),
        command=tuple(sys.argv),
        sweep=(plan.folder / "sweep.json").absolute(),
        notes=notes,
        parent=os.getpid(),
        workers=launcher.workers,
        leash=leash if here else None,
        threads=_threads(launcher.workers) if here else None,
        devices=devices_to_share(_asked(plan)) if here else (),
    )


def _asked(plan: Plan) -> Iterator[str]:
    """The devices that jobs name."""
    for job in plan.jobs:
        yield job.settings.model.device_map or job.settings.model.device


def _threads(workers: int) -> int | None:
    """Of each worker: an equal part of the cores that this process may use; None where the user has said."""
    return None if OMP in os.environ else max(1, _cores() // workers)


def _cores() -> int:
    """macOS binds no process to cores, and cannot be asked."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _enter(worker: Worker) -> None:
    """Once for all jobs that this process gets of a sweep."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
    if os.getpid() != worker.parent:
        leave_terminal(worker.notes)
    if worker.leash:
        follow(worker.leash)
    os.chdir(worker.folder)
    sys.argv = list(worker.command)
    occupy(worker.workers, worker.devices)
    if worker.threads:
        from harness.running.models import share_cores

        share_cores(worker.threads)


@cache
def _readers(sweep: Path) -> Readers:
    """Jobs of a sweep share files, so each process reads them once."""
    from harness.planning.plan import caching_readers

    return caching_readers()


def _check_planned(job_id: str, sweep: Path) -> None:
    """A job whose files differ here from those of the parent would write texts that belong to no job of its sweep."""
    if job_id not in _planned(sweep):
        problem = (
            f"is not in {sweep}: model, prompts, lists or code differ between this machine and the one that planned"
        )
        raise InputError("job", job_id, problem)


@cache
def _planned(sweep: Path) -> frozenset[str]:
    from harness.store.sweep_file import read_sweep_file

    return frozenset(job["job_id"] for job in read_sweep_file(sweep.parent)["jobs"])
