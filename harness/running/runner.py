"""One job: see what is missing, write it sample by sample, put the finished file in order."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress

import yaml
from filelock import FileLock, Timeout

from harness.inputs.prompts import PromptItem
from harness.interruption import needing_room, said_of
from harness.planning.arm import build_strategy
from harness.planning.plan import Job
from harness.planning.readers import Reader, open_reader
from harness.progress import Progress
from harness.running.models import load_backend
from harness.running.provenance import provenance
from harness.store.failures import are_too_many, failed
from harness.store.jobfolder import State, Status
from harness.store.records import (
    Cell,
    Sample,
    SampleLog,
    cut_torn_tail,
    read_samples,
    remove_leftovers,
    write_atomic,
    write_json,
    write_samples,
)
from harness.store.timing import Stopwatch
from sampler import BacktrackSampler, Cost, Generation
from sampler.errors import BatchHalvedWarning
from sampler.events import nats_on_disk
from sampler.strategy import learns


def run_job(job: Job, progress: Progress) -> None:
    """Bring the job to its end, or record in its status why that failed; only an interruption is raised again."""
    job.folder.path.mkdir(parents=True, exist_ok=True)
    with _alone(job, progress):
        try:
            with needing_room():
                _complete(job, progress)
        except KeyboardInterrupt as interruption:
            with suppress(OSError):  # the disk may be full; that the job is not done shows without a status, too
                progress.end_job(job, _write_status(job, "interrupted", said_of(interruption)))
            raise
        except Exception as error:  # whatever it is, the other jobs of the sweep go on
            progress.end_job(job, _write_status(job, "failed", f"{type(error).__name__}: {error}"))


@contextmanager
def _alone(job: Job, progress: Progress) -> Iterator[None]:
    """Within, no other process writes this job; the system frees the lock of one that was killed."""
    lock = FileLock(job.folder.path / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress.note(job, "another process writes this job; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _complete(job: Job, progress: Progress) -> None:
    remove_leftovers(job.folder.files)
    cut_torn_tail(job.folder.samples)
    missing = job.missing()
    progress.start_job(job, missing)
    # First: the folder of a job that was killed or failed must say what it was to be.
    write_atomic(job.folder.config, yaml.safe_dump(job.as_config(), sort_keys=False, allow_unicode=True))
    if missing:
        _write_status(job, "running", None)
        _generate(job, missing, progress)
    _put_in_order(job)
    error = _too_many_failed(job)
    progress.end_job(job, _write_status(job, "failed" if error else "done", error))


def _too_many_failed(job: Job) -> str | None:
    """What to say when more texts failed than `fail_on_error` allows."""
    selected = set(job.cells)
    bad = [sample for sample in failed(read_samples(job.folder.samples)) if sample.cell in selected]
    limit = job.settings.fail_on_error
    if not are_too_many(len(bad), len(selected), limit):
        return None
    return f"{len(bad)} of {len(selected)} texts failed (fail_on_error={limit:g}), first {bad[0].cell}: {bad[0].error}"


def _generate(job: Job, missing: Sequence[Cell], progress: Progress) -> None:
    sampler = sampler_of(job)
    progress.load_job(job)
    cells, waiting = _with_earlier(missing) if learns(sampler.strategy) else missing, set(missing)
    write_json(job.folder.provenance, provenance(job, sampler.backend.caps))
    _forget_failed(job, waiting)
    watch = Stopwatch(job.folder.timing, job.settings.batch_size)
    with SampleLog(job.folder.samples) as log, _halvings(job, progress, watch):
        for sample, cost in _write(sampler, job, cells):
            if sample.cell not in waiting:
                continue  # written before, and again for what it leaves behind
            log.append(sample)
            progress.add(job, sample)
            if watch.add(cost):
                log.sync()
    watch.close()


def _forget_failed(job: Job, waiting: Collection[Cell]) -> None:
    """Drop the records of failed texts that are about to be written again: a cell has one line."""
    samples = read_samples(job.folder.samples)
    if any(sample.cell in waiting for sample in samples):
        write_samples(job.folder.samples, [sample for sample in samples if sample.cell not in waiting])


@contextmanager
def _halvings(job: Job, progress: Progress, watch: Stopwatch) -> Iterator[None]:
    """Within, batches that did not fit into memory are told to who watches, and kept with the times."""

    def show(message: Warning | str, *where: object, **more: object) -> None:
        if isinstance(message, BatchHalvedWarning):
            progress.note(job, str(message))
            watch.note(str(message))
        else:
            usual(message, *where, **more)

    with warnings.catch_warnings():
        usual: Callable[..., object] = warnings.showwarning
        warnings.simplefilter("always", BatchHalvedWarning)
        warnings.showwarning = show
        yield


def _with_earlier(missing: Sequence[Cell]) -> list[Cell]:
    """Missing cells and all repeats before them, where each repeat hands something on to the next."""
    last = {cell.prompt_id: cell.repeat for cell in missing}  # they come in (prompt, repeat) order
    return [Cell(prompt_id, repeat) for prompt_id in last for repeat in range(last[prompt_id] + 1)]


def _write(sampler: BacktrackSampler, job: Job, cells: Sequence[Cell]) -> Iterator[tuple[Sample, Cost]]:
    """Samples of `cells` and what they cost, wall times included, in the order in which they are finished."""
    reader = open_reader(job.settings.model, job.source)
    items = {item.id: item for item in job.prompts.items}
    by_id = {str(cell): cell for cell in cells}
    prompts = [_prompt(reader, items[cell.prompt_id]) for cell in cells]
    units = [cell.prompt_id for cell in cells] if learns(sampler.strategy) else None
    for generation in sampler.as_completed(prompts, ids=list(by_id), units=units):
        cell = by_id[generation.id]
        yield as_sample(generation, cell, reader.shown(items[cell.prompt_id])), generation.cost


def _prompt(reader: Reader, item: PromptItem) -> str | Sequence[int]:
    """A plain text is encoded by the sampler; what a chat template made holds special tokens and is passed as ids."""
    return reader.tokens(item) if item.messages else item.text


def sampler_of(job: Job) -> BacktrackSampler:
    """The job's model under its strategy and settings."""
    settings = job.settings
    return BacktrackSampler(
        load_backend(settings.model, job.source),
        build_strategy(settings.strategy, job.lists),
        job.decoding(),
        max_new_tokens=settings.decoding.max_new_tokens,
        max_draws=settings.max_draws,
        stop=settings.stop,
        seed=settings.seed,
        batch_size=settings.batch_size,
        on_error="record",
    )


def as_sample(generation: Generation, cell: Cell, prompt: str) -> Sample:
    """The record of a finished text."""
    return Sample(
        prompt_id=cell.prompt_id,
        repeat=cell.repeat,
        prompt=prompt,
        text=generation.text,
        tokens=generation.tokens,
        finish_reason=generation.finish_reason,
        logprobs=[nats_on_disk(logprob) for logprob in generation.logprobs],
        cost=generation.cost.as_record(),
        events=[event.as_record() for event in generation.history],
        error=generation.error,
    )


def _put_in_order(job: Job) -> None:
    """Selected cells first, in (prompt, repeat) order; then, sorted, those of an earlier and larger selection."""
    samples = read_samples(job.folder.samples)
    place = {cell: index for index, cell in enumerate(job.cells)}
    ordered = sorted(samples, key=lambda sample: (place.get(sample.cell, len(place)), sample.cell))
    if ordered != samples:
        write_samples(job.folder.samples, ordered)


def _write_status(job: Job, state: State, error: str | None) -> Status:
    selected = len(job.cells)
    status = Status(
        state, error, selected - len(job.missing()), selected, len(failed(read_samples(job.folder.samples)))
    )
    if job.folder.known_status() != status:
        job.folder.write_status(status)
    return status
