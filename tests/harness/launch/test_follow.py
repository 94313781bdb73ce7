"""The parent of other processes tells each text once, whatever happens to the file that it reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import replace

import pytest

from harness.launch.follow import Tail
from harness.planning.plan import Job, Plan
from harness.progress.board import Board
from harness.progress.lines import Lines
from harness.running.runner import run_job
from harness.store.jobfolder import State, Status
from harness.store.records import SCHEMA, Cell, Sample, read_samples, write_samples


class Told:
    """What a progress was told."""

    def __init__(self) -> None:
        self.jobs: list[int] = []
        self.cells: list[str] = []
        self.loaded = 0
        self.ends: list[str] = []

    def start_job(self, job: Job, missing: Collection[Cell]) -> None:
        self.jobs.append(len(missing))

    def load_job(self, job: Job) -> None:
        self.loaded += 1

    def add(self, job: Job, sample: Sample) -> None:
        self.cells.append(str(sample.cell))

    def end_job(self, job: Job, status: Status) -> None:
        self.ends.append(status.state)

    def note(self, job: Job, what: str) -> None:
        raise AssertionError(what)


@pytest.fixture
def done(job: Callable[..., Job]) -> tuple[Job, list[Sample]]:
    """A job whose folder is empty again, and the five texts it had."""
    planned = job("strategy=plain")
    run_job(planned, Lines(Board(Plan((planned,), {}))))
    samples = read_samples(planned.folder.samples)
    planned.folder.samples.unlink()
    return planned, samples


def test_a_line_is_told_when_it_is_whole(done: tuple[Job, list[Sample]]) -> None:
    job, samples = done
    told = Told()
    tail = Tail(job, told)
    tail.look()
    assert told.jobs == []
    write_samples(job.folder.samples, samples[:2])
    whole = job.folder.samples.read_bytes()
    job.folder.samples.write_bytes(whole[:-7])
    tail.look()
    assert told.cells == [str(samples[0].cell)]
    with job.folder.samples.open("ab") as file:
        file.write(whole[-7:])
    tail.look()
    assert told.cells == [str(sample.cell) for sample in samples[:2]]
    assert told.jobs == [5]


def test_a_file_put_in_order_tells_nothing_twice(done: tuple[Job, list[Sample]]) -> None:
    """A finished job's file is replaced: shorter, longer, or as long as before."""
    job, samples = done
    told = Told()
    tail = Tail(job, told)
    for written in (samples[3:], samples[2:], samples):
        write_samples(job.folder.samples, written)
        tail.look()
    assert sorted(told.cells) == sorted(str(sample.cell) for sample in samples)


def test_what_was_there_before_is_told_to_nobody(done: tuple[Job, list[Sample]]) -> None:
    """A text that failed earlier and is written again is done when it was written again."""
    job, samples = done
    failed = replace(samples[0], finish_reason="error", error="NaN", text="", tokens=[], logprobs=[])
    write_samples(job.folder.samples, [failed, *samples[1:3]])
    told = Told()
    tail = Tail(job, told)
    tail.look()
    assert told.cells == []
    write_samples(job.folder.samples, [*samples[1:3], samples[0]])
    tail.look()
    assert told.cells == [str(samples[0].cell)]


def test_a_job_with_nothing_left_is_named_at_once(done: tuple[Job, list[Sample]]) -> None:
    job, samples = done
    write_samples(job.folder.samples, samples)
    told = Told()
    Tail(job, told).look()
    assert (told.jobs, told.cells) == ([0], [])


def test_a_job_is_told_from_its_beginning_to_its_end(done: tuple[Job, list[Sample]]) -> None:
    """A job that loads for minutes is seen to; one that fails before its first text is not "waiting" for ever."""
    job, samples = done
    write_samples(job.folder.samples, samples[:2])
    told = Told()
    tail = Tail(job, told)
    job.folder.write_status(Status("running", None, 2, 5))
    tail.look()
    assert (told.jobs, told.loaded, told.ends) == ([3], 0, [])
    job.folder.provenance.write_text(json.dumps({"schema": SCHEMA}))
    write_samples(job.folder.samples, samples)
    job.folder.write_status(Status("done", None, 5, 5))
    tail.look()
    assert (told.jobs, told.loaded, told.ends) == ([3], 1, ["done"])
    assert sorted(told.cells) == sorted(str(sample.cell) for sample in samples[2:])
    tail.look()
    assert told.ends == ["done"]


def test_a_job_that_was_interrupted_may_be_begun_again(done: tuple[Job, list[Sample]]) -> None:
    """On a cluster that gave its node to somebody else meanwhile."""
    job, samples = done
    told = Told()
    tail = Tail(job, told)
    states: tuple[State, ...] = ("running", "interrupted", "running", "done")
    for texts, state in zip((0, 2, 2, 5), states, strict=True):
        write_samples(job.folder.samples, samples[:texts])
        job.folder.write_status(Status(state, None, texts, 5))
        tail.look()
    assert (told.jobs, told.loaded) == ([5, 3], 2)
    assert told.ends == ["interrupted", "done"]
    assert told.cells == [str(sample.cell) for sample in samples]


def test_an_old_status_says_nothing_of_the_job_that_is_to_run(done: tuple[Job, list[Sample]]) -> None:
    job, _ = done
    job.folder.write_status(Status("failed", "an earlier failure", 0, 5))
    told = Told()
    Tail(job, told).look()
    assert (told.jobs, told.ends) == ([], [])
