"""The main table as data: strategies in rows, grouped by model and decoding; renderers only spell it."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report.caption import caption
from harness.report.numbers import Compared, Numbers, Speed
from harness.report.sweep_data import Job, SweepData
from harness.statistics import Estimate, Interval


@dataclass(frozen=True)
class Column:
    """A metric and how it is shown."""

    metric: str
    title: str
    decimals: int


COLUMNS = (
    Column("slop.hits_per_1k_words", "slop/1k words, banned", 2),
    Column("slop.heldout_hits_per_1k_words", "slop/1k words, held-out", 2),
    Column("diversity.mattr_50", "MATTR-50", 3),
    Column("diversity.distinct_2", "distinct-2", 3),
    Column("fluency.logprob_per_token", "log-prob/token", 3),
    Column("cost.forwards_per_kept", "forwards/kept", 3),
)
LOGPROB = "fluency.logprob_per_token"


@dataclass(frozen=True)
class Cell:
    """A value with its interval, and its comparison with Plain where there is one."""

    column: Column
    estimate: Estimate
    compared: Compared | None

    @property
    def marker(self) -> str:
        """A star when the difference to Plain is significant after correction."""
        return "*" if self.compared is not None and self.compared.is_significant else ""


@dataclass(frozen=True)
class Row:
    """One job. `speed` is None for Plain itself and where nothing was timed; `prompts` and `texts` say how many."""

    job: Job
    name: str
    cells: tuple[Cell, ...]
    speed: Speed | None
    prompts: int
    texts: int

    def cell(self, metric: str) -> Cell | None:
        return next((cell for cell in self.cells if cell.column.metric == metric), None)

    @property
    def logprob_difference(self) -> tuple[float, Interval | None] | None:
        """Mean base log-probability per token minus Plain's, in nats."""
        cell = self.cell(LOGPROB)
        if cell is None or cell.compared is None:
            return None
        return cell.compared.comparison.difference, cell.compared.comparison.interval


@dataclass(frozen=True)
class Group:
    """The rows that share model and decoding."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Unfinished:
    """A job that has no row, and why."""

    label: str
    state: str
    error: str


@dataclass(frozen=True)
class MainTable:
    """All of it; strings are plain text, renderers escape them."""

    experiment: str
    sweep_id: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    caption: str
    unfinished: tuple[Unfinished, ...]


def main_table(sweep: SweepData, numbers: Numbers) -> MainTable:
    """The table of the finished jobs. A column that no job has (no held-out list) is left out."""
    columns = tuple(
        column for column in COLUMNS if any((job.job_id, column.metric) in numbers.estimates for job in sweep.done)
    )
    settings = dict.fromkeys(job.setting for job in sweep.done)
    return MainTable(
        experiment=sweep.experiment,
        sweep_id=sweep.sweep_id,
        columns=columns,
        groups=tuple(
            _group([job for job in sweep.done if job.setting == it], columns, sweep, numbers) for it in settings
        ),
        caption=caption(sweep, numbers),
        unfinished=tuple(Unfinished(job.label, job.state, job.error or "") for job in sweep.unfinished),
    )


def _group(jobs: list[Job], columns: tuple[Column, ...], sweep: SweepData, numbers: Numbers) -> Group:
    return Group(_title(jobs[0], sweep), tuple(_row(job, columns, numbers) for job in jobs))


def _title(job: Job, sweep: SweepData) -> str:
    """The model, the temperature, and whatever else of the decoding differs within the sweep."""
    varying = {key for key in job.decoding if len({str(other.decoding.get(key)) for other in sweep.done}) > 1} | {
        "temperature"
    }
    return ", ".join([job.model, *(f"{key} {value}" for key, value in job.decoding.items() if key in varying)])


def _row(job: Job, columns: tuple[Column, ...], numbers: Numbers) -> Row:
    return Row(
        job=job,
        name=job.strategy_label,
        cells=tuple(
            Cell(column, found, numbers.compared.get((job.job_id, column.metric)))
            for column in columns
            if (found := numbers.estimates.get((job.job_id, column.metric))) is not None
        ),
        speed=numbers.speeds.get(job.job_id),
        prompts=len({sample.prompt_id for sample in job.samples}),
        texts=len(job.samples),
    )
