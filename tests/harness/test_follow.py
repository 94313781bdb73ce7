"""The parent of other processes tells each text once, whatever happens to the file that it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.follow import Tail
from harness.plan import Job
from harness.progress import Lines
from harness.records import Sample, read_samples, write_samples
from harness.runner import run_job


class Told:
    """What a progress was told."""

    def __init__(self) -> None:
        self.jobs: list[int] = []
        self.cells: list[str] = []

    def start_job(self, label: str, left: int) -> None:
        self.jobs.append(left)

    def add(self, sample: Sample) -> None:
        self.cells.append(str(sample.cell))

    def note(self, what: str) -> None:
        raise AssertionError(what)


@pytest.fixture
def done(job: Callable[..., Job]) -> tuple[Job, list[Sample]]:
    """A job whose folder is empty again, and the five texts it had."""
    planned = job("strategy=plain")
    run_job(planned, Lines(1, 5))
    samples = read_samples(planned.folder.samples)
    planned.folder.samples.unlink()
    return planned, samples


def test_a_line_is_told_when_it_is_whole(done: tuple[Job, list[Sample]]) -> None:
    job, samples = done
    told = Told()
    tail = Tail(job, told)
    tail.read()
    assert told.jobs == []
    write_samples(job.folder.samples, samples[:2])
    whole = job.folder.samples.read_bytes()
    job.folder.samples.write_bytes(whole[:-7])
    tail.read()
    assert told.cells == [str(samples[0].cell)]
    with job.folder.samples.open("ab") as file:
        file.write(whole[-7:])
    tail.read()
    assert told.cells == [str(sample.cell) for sample in samples[:2]]
    assert told.jobs == [5]


def test_a_file_put_in_order_tells_nothing_twice(done: tuple[Job, list[Sample]]) -> None:
    """A finished job's file is replaced: shorter, longer, or as long as before."""
    job, samples = done
    told = Told()
    tail = Tail(job, told)
    for written in (samples[3:], samples[2:], samples):
        write_samples(job.folder.samples, written)
        tail.read()
    assert sorted(told.cells) == sorted(str(sample.cell) for sample in samples)


def test_what_was_there_before_is_told_to_nobody(done: tuple[Job, list[Sample]]) -> None:
    """A text that failed earlier and is written again is done when it was written again."""
    job, samples = done
    failed = replace(samples[0], finish_reason="error", error="NaN", text="", tokens=[], logprobs=[])
    write_samples(job.folder.samples, [failed, *samples[1:3]])
    told = Told()
    tail = Tail(job, told)
    tail.read()
    assert told.cells == []
    write_samples(job.folder.samples, [*samples[1:3], samples[0]])
    tail.read()
    assert told.cells == [str(samples[0].cell)]


def test_a_job_with_nothing_left_is_named_at_once(done: tuple[Job, list[Sample]]) -> None:
    job, samples = done
    write_samples(job.folder.samples, samples)
    told = Told()
    Tail(job, told).read()
    assert (told.jobs, told.cells) == ([0], [])
