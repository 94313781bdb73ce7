"""The main table as data: strategies in rows, grouped by model and decoding; renderers only spell it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from harness.report.caption import caption
from harness.report.cut_short import cut_short
from harness.report.numbers import Compared, Numbers, Speed
from harness.report.sweep_data import JobData, Setting, SweepData
from harness.statistics import Comparison, Estimate


@dataclass(frozen=True)
class Column:
    """A metric and how it is shown."""

    metric: str
    title: str
    decimals: int


COLUMNS = (
    Column("slop.hits_per_1k_words", "slop/1k words, banned", 2),
    Column("slop.regex_hits_per_1k_words", "slop/1k words, regexes", 2),
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
    def unseen_in(self) -> str:
        """ "0 of N" where the ratio's numerator never occurred, else nothing."""
        estimate = self.estimate
        if estimate.interval is None or estimate.interval.method != "rule_of_three" or estimate.trials is None:
            return ""
        return f"0 of {estimate.trials:,.0f}"

    @property
    def marker(self) -> str:
        """A star when the difference to Plain is significant after correction."""
        return "*" if self.compared is not None and self.compared.is_significant else ""


@dataclass(frozen=True)
class Row:
    """One job. `speed` is None for Plain itself and where nothing was timed; `prompts` and `texts` say how many."""

    job: JobData
    name: str
    cells: tuple[Cell, ...]
    speed: Speed | None
    prompts: int
    texts: int

    def cell(self, metric: str) -> Cell | None:
        return next((cell for cell in self.cells if cell.column.metric == metric), None)

    @property
    def logprob(self) -> Comparison | None:
        """Mean base log-probability per token against Plain's, in nats."""
        cell = self.cell(LOGPROB)
        return None if cell is None or cell.compared is None else cell.compared.comparison


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
    metrics = {metric for _, metric in numbers.estimates}
    columns = tuple(column for column in COLUMNS if column.metric in metrics)
    groups = _groups(sweep, columns, numbers)
    return MainTable(
        experiment=sweep.experiment,
        sweep_id=sweep.sweep_id,
        columns=columns,
        groups=groups,
        caption=caption(sweep, numbers, cut_short(groups)),
        unfinished=tuple(Unfinished(job.label, job.state, job.error or "") for job in sweep.unfinished),
    )


def _groups(sweep: SweepData, columns: tuple[Column, ...], numbers: Numbers) -> tuple[Group, ...]:
    rows: dict[Setting, list[Row]] = {}
    for job in sweep.done:
        rows.setdefault(job.setting, []).append(_row(job, columns, numbers))
    shown = _shown_names(list(rows))
    return tuple(Group(_title(setting, shown), tuple(found)) for setting, found in rows.items())


def _shown_names(settings: list[Setting]) -> set[str]:
    """The temperature, and whatever else differs within the sweep."""
    counts = Counter(name for name, _ in {pair for setting in settings for pair in setting})
    return {"temperature"} | {name for name, values in counts.items() if values > 1}


def _title(setting: Setting, shown: set[str]) -> str:
    model = dict(setting)["model"]
    told = [f"{name} {value}" for name, value in setting if name in shown - {"model"} and value]
    return ", ".join([model, *told])


def _row(job: JobData, columns: tuple[Column, ...], numbers: Numbers) -> Row:
    return Row(
        job=job,
        name=job.label,
        cells=tuple(
            Cell(column, found, numbers.compared.get((job.job_id, column.metric)))
            for column in columns
            if (found := numbers.estimates.get((job.job_id, column.metric))) is not None
        ),
        speed=numbers.speeds.get(job.job_id),
        prompts=len({sample.prompt_id for sample in job.samples}),
        texts=len(job.samples),
    )
