"""Rounds over real jobs whose launcher gives up: what is launched again, in which order, and when that ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from harness.config.compose import compose_sweep, parse_arguments
from harness.errors import InputError
from harness.launch.rounds import MOST_IN_VAIN, Rounds
from harness.planning.plan import Job, make_plan
from harness.store.jobfolder import State, Status
from harness.store.records import Sample, SampleLog
from sampler import Cost

NOTHING = Cost().as_record()
Deed = Callable[[list[Job]], Sequence[Exception | None]]


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Job, ...]:
    """Four, of two texts each."""
    monkeypatch.chdir(tmp_path)
    sweep = compose_sweep(parse_arguments(["model=inkling_500k", "tracking=none", "seed=1,2,3,4", "dataset.limit=2"]))
    return make_plan(sweep.jobs).jobs


def write(job: Job, texts: int, state: State) -> None:
    """What a worker leaves: so many more of the missing texts, and what it said last."""
    job.folder.path.mkdir(parents=True, exist_ok=True)
    with SampleLog(job.folder.samples) as log:
        for cell in job.missing()[:texts]:
            log.append(Sample(cell.prompt_id, cell.repeat, "p", "t", (1,), "length", [0.0], NOTHING, []))
    job.folder.write_status(Status(state, None, 2 - len(job.missing()), 2))


def launched(jobs: Sequence[Job], deeds: Sequence[Deed], keeps: bool = False) -> list[list[int]]:
    """The places of the jobs that each round launched. The last deed is that of all further rounds."""
    seen: list[list[int]] = []
    places = {job.id: place for place, job in enumerate(jobs)}

    def launch(chosen: Sequence[Job]) -> Sequence[Exception | None]:
        seen.append([places[job.id] for job in chosen])
        return deeds[min(len(seen), len(deeds)) - 1](list(chosen))

    Rounds(jobs, launch, keeps).run()
    return seen


def finish(chosen: list[Job]) -> Sequence[Exception | None]:
    for job in chosen:
        write(job, 2, "done")
    return [None] * len(chosen)


def die(chosen: list[Job]) -> Sequence[Exception | None]:
    """Before anything was written."""
    raise RuntimeError("a worker died")


def test_what_was_begun_comes_last(jobs: tuple[Job, ...]) -> None:
    """One job may be what its workers die of; before it, the others are done."""

    def begin_two(chosen: list[Job]) -> Sequence[Exception | None]:
        for job in chosen[:2]:
            write(job, 1, "running")
        return die(chosen)

    assert launched(jobs, [begin_two, finish]) == [[0, 1, 2, 3], [2, 3, 0, 1]]


def test_workers_that_die_of_nothing_written_end_it(jobs: tuple[Job, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert launched(jobs, [die]) == [[0, 1, 2, 3]] * MOST_IN_VAIN
    assert capsys.readouterr().err == "a worker died, or could not start: RuntimeError: a worker died\n" * MOST_IN_VAIN


def test_it_goes_on_as_long_as_a_round_brings_a_text(jobs: tuple[Job, ...]) -> None:
    def one_text(chosen: list[Job]) -> Sequence[Exception | None]:
        write(next((job for job in chosen if job.missing()), chosen[0]), 1, "running")
        return die(chosen)

    assert len(launched(jobs[:2], [one_text])) == 4 + MOST_IN_VAIN
    assert [len(job.missing()) for job in jobs[:2]] == [0, 0]


def test_a_round_in_vain_is_forgiven_after_one_that_was_not(jobs: tuple[Job, ...]) -> None:
    def one_text(chosen: list[Job]) -> Sequence[Exception | None]:
        write(chosen[-1], 1, "running")
        return die(chosen)

    assert len(launched(jobs, [die, one_text, die, one_text, die, finish])) == 6


@pytest.mark.parametrize("state", ["failed", "interrupted"])
def test_a_job_that_ended_in_order_is_not_begun_again(jobs: tuple[Job, ...], state: State) -> None:
    """An earlier command's failure is another matter: that job is launched once."""
    for job in jobs:
        write(job, 0, state)

    def one_ends(chosen: list[Job]) -> Sequence[Exception | None]:
        write(chosen[0], 1, state)
        return die(chosen)

    assert launched(jobs, [one_ends, finish]) == [[0, 1, 2, 3], [1, 2, 3]]


def test_a_queue_is_not_filled_again_with_what_was_taken_out_of_it(jobs: tuple[Job, ...]) -> None:
    """On Slurm a task that waits is lost to nobody but who cancels it."""

    def one_dies(chosen: list[Job]) -> Sequence[Exception | None]:
        write(chosen[2], 1, "running")
        return die(chosen)

    assert launched(jobs, [one_dies, finish], keeps=True) == [[0, 1, 2, 3], [2]]


def test_a_job_that_a_worker_refuses_is_named_and_left_alone(
    jobs: tuple[Job, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its files differ there; asked again it would say the same."""

    def refuse_one(chosen: list[Job]) -> Sequence[Exception | None]:
        return [InputError("job", "abc", "is not in sweep.json"), *finish(chosen[1:])]

    assert launched(jobs, [refuse_one]) == [[0, 1, 2, 3]]
    assert "InputError: job='abc': is not in sweep.json\n" in capsys.readouterr().err


def test_an_interruption_ends_it(jobs: tuple[Job, ...]) -> None:
    def interrupted(chosen: list[Job]) -> Sequence[Exception | None]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        launched(jobs, [interrupted, finish])
