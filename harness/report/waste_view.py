"""The waste of every arm as text, for the renderers that write text."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report.findings import Findings
from harness.report.spelling import Spelling
from harness.report.table import Cell, Column, Row
from harness.report.waste import DEAREST, KINDS, Part, Waste
from harness.statistics import Estimate
from harness.statistics.interval import LEVEL

WASTED = Column("cost.wasted_forwards_per_1k_kept", "wasted forwards/1k kept", 1)
KIND_TITLES = {"phrase": "by phrases", "regex": "by regexes", "other": "by other reasons"}
HEADS = (WASTED.title, "of all forwards", *KIND_TITLES.values(), "draws taken back", "time in the model")
MODEL_SHARE = "throughput.model_share"
CAPTION = (
    "Wasted: a forward pass that fed a token which was taken back, or that made logits again which were no longer "
    "held. The token whose draw sets off a rewind had not been fed: taking back one token costs a draw and no pass. "
    "By phrases, by regexes, by other reasons: wasted passes in how many rewinds; a pass is counted once, under the "
    f"reason of the rewind that took its token back. Brackets: {LEVEL:.0%} bootstrap intervals over prompts (the rule "
    f"of three where nothing was wasted); reasons have them up to the {DEAREST} dearest of an arm, and reasons whose "
    "intervals overlap may rank otherwise in other texts. Shares of passes and draws are the same sums over another "
    "whole, in table.csv with intervals where they are metrics. Time in the model: share of the wall time of forward "
    "passes, draws and decisions that the passes took, by this machine's clock, so without an interval over prompts."
)


@dataclass(frozen=True)
class ReasonView:
    """One of an arm's dearest reasons: "a testament to", "4.17", "[1.2, 8.4]", and what stands behind it."""

    kind: str
    name: str
    rate: str
    interval: str
    rewinds: int
    tokens: int
    forwards: int
    prompts: int


@dataclass(frozen=True)
class WasteRow:
    """An arm's cells in the order of HEADS; `hint` is about the last one, `others` counts the reasons left out."""

    name: str
    colour: str
    cells: tuple[str, ...]
    hint: str
    reasons: tuple[ReasonView, ...]
    prompts: int
    others: int


@dataclass(frozen=True)
class WasteGroup:
    title: str
    rows: tuple[WasteRow, ...]


def view_waste(findings: Findings, spelling: Spelling) -> tuple[WasteGroup, ...]:
    """The groups and rows of the main table."""
    return tuple(
        WasteGroup(group.title, tuple(_row(findings, row, spelling) for row in group.rows))
        for group in findings.table.groups
    )


def _row(findings: Findings, row: Row, spelling: Spelling) -> WasteRow:
    waste = findings.waste[row.job.job_id]
    time = findings.numbers.estimates.get((row.job.job_id, MODEL_SHARE))
    cells = (
        _rated(waste.total.rate, spelling),
        _share(waste.total.forwards, waste.forwards, spelling),
        *(_kind(waste, kind) for kind in KINDS),
        _share(waste.total.tokens, waste.drawn, spelling),
        spelling.undefined if time is None or time.value is None else f"{time.value:.0%}",
    )
    return WasteRow(
        name=row.name,
        colour=findings.colours[row.name],
        cells=cells,
        hint="not measured" if time is None else time.reason or f"n = {time.n} timed segments",
        reasons=tuple(_reason(part, spelling) for part in waste.reasons[:DEAREST]),
        prompts=waste.prompts,
        others=len(waste.reasons[DEAREST:]),
    )


def _kind(waste: Waste, kind: str) -> str:
    part = next((part for part in waste.kinds if part.reason.kind == kind), None)
    return "0" if part is None else f"{part.forwards:,} in {part.rewinds:,}"


def _share(amount: int, whole: int, spelling: Spelling) -> str:
    return f"{amount / whole:.1%}" if whole else spelling.undefined


def _rated(rate: Estimate | None, spelling: Spelling) -> str:
    if rate is None or rate.value is None:
        return spelling.undefined
    return " ".join(filter(None, (spelling.number(rate.value, WASTED.decimals), _bracket(rate, spelling))))


def _bracket(rate: Estimate | None, spelling: Spelling) -> str:
    return "" if rate is None else spelling.bracket(Cell(WASTED, rate, None))


def _reason(part: Part, spelling: Spelling) -> ReasonView:
    value = None if part.rate is None else part.rate.value
    return ReasonView(
        kind=part.reason.kind,
        name=part.reason.name,
        rate=spelling.undefined if value is None else spelling.number(value, WASTED.decimals),
        interval=_bracket(part.rate, spelling),
        rewinds=part.rewinds,
        tokens=part.tokens,
        forwards=part.forwards,
        prompts=part.prompts,
    )
