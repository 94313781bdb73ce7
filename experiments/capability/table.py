"""The table: capability as lm_eval gives it, then suppression, what took the place, diversity, fluency and cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from experiments.capability.results import Arm, Scores, Value
from harness.report.render_markdown import escape, line

Row = Mapping[str, str]


class Column(NamedTuple):
    """A number of the sweep, as its table.csv holds it."""

    title: str
    metric: str
    field: str  # of the row: its value, or what it is against Plain
    scale: float = 1.0


COLUMNS = (
    Column("suppression %", "slop.hits_per_1k_words", "relative_change", -100.0),
    Column("held-out hits, change %", "slop.heldout_hits_per_1k_words", "relative_change", 100.0),
    Column("MATTR-50, change %", "diversity.mattr_50", "relative_change", 100.0),
    Column("Δ log-prob, nats/token", "fluency.logprob_per_token", "difference"),
    Column("forwards/kept", "cost.forwards_per_kept", "value"),
)
CAPTION = (
    "Capability: lm_eval's numbers ± its standard error, texts written by the strategy; ranked answers are the model's "
    "own, and a strategy cannot change them. Suppression: by how much banned hits per 1,000 words fall below Plain's. "
    "All changes are against Plain on the same prompts; intervals are in the sweep's table.csv. –: not measured, or "
    "undefined there."
)


def render(sweep: Mapping[Arm, Mapping[str, Row]], capability: Scores) -> str:
    """One row for each arm that either side knows, in the sweep's order."""
    tasks = list(dict.fromkeys(task for values in capability.values() for task in values))
    heads = ["model", "strategy", *tasks, *(column.title for column in COLUMNS)]
    lines = [line([escape(head) for head in heads]), line(["---", "---", *["---:"] * (len(heads) - 2)])]
    for arm in dict.fromkeys([*sweep, *capability]):
        able = [_able(capability.get(arm, {}).get(task)) for task in tasks]
        rest = [_number(sweep.get(arm, {}).get(column.metric), column) for column in COLUMNS]
        lines.append(line([escape(arm.model), escape(arm.label), *able, *rest]))
    return "\n".join([*lines, "", CAPTION]) + "\n"


def _able(found: Value | None) -> str:
    if found is None:
        return "–"
    return f"{found.value:.3f}" if found.stderr is None else f"{found.value:.3f} ± {found.stderr:.3f}"


def _number(row: Row | None, column: Column) -> str:
    text = row.get(column.field, "") if row is not None else ""
    return f"{column.scale * float(text) + 0.0:.3g}".replace("-", "−") if text else "–"
