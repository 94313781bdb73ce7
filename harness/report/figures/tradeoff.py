"""Slop against what it is paid with: one point per job."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from harness.report.figures.plot import (
    INTERVALS,
    Plot,
    add_legends,
    draw_point,
    from_zero,
    left_out,
    markers,
    shown_groups,
    shown_labels,
    widened,
)
from harness.report.findings import Findings
from harness.report.style import new_figure
from harness.report.sweep_data import JobData
from harness.statistics import Estimate

BANNED = "slop.hits_per_1k_words"
REGEXES = "slop.regex_hits_per_1k_words"
HELD_OUT = "slop.heldout_hits_per_1k_words"
BY_CONSTRUCTION = (
    "A hard ban empties the banned list by construction; the held-out list, unknown to the sampler, is the test."
)
PANELS = {
    BANNED: "banned list: hits / 1,000 words",
    REGEXES: "regexes: matches / 1,000 words",
    HELD_OUT: "held-out list: hits / 1,000 words",
}


@dataclass(frozen=True)
class Price:
    """The metric on the horizontal axis."""

    name: str
    title: str
    metric: str
    label: str
    reading: str


COST = Price(
    name="slop_against_cost",
    title="Slop against cost",
    metric="cost.forwards_per_kept",
    label="forward passes per kept token",
    reading="Left and low is good.",
)
DIVERSITY = Price(
    name="slop_against_diversity",
    title="Slop against diversity",
    metric="diversity.mattr_50",
    label="MATTR-50, distinct words per word in windows of 50",
    reading="Low is good; Plain shows how diverse the model is by itself.",
)


def slop_against_cost(findings: Findings) -> Plot | None:
    """Hits per 1,000 words over forward passes per kept token."""
    return _tradeoff(findings, COST)


def slop_against_diversity(findings: Findings) -> Plot | None:
    """Hits per 1,000 words over MATTR-50."""
    return _tradeoff(findings, DIVERSITY)


def _tradeoff(findings: Findings, price: Price) -> Plot | None:
    jobs = _shown_jobs(findings)
    panels = [metric for metric in PANELS if any(_point(findings, job, price, metric) for job in jobs)]
    if not panels:
        return None
    figure = new_figure(0.7 + 1.55 * len(panels))
    rows = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for axes, metric in zip(rows, panels, strict=True):
        _draw_panel(axes, findings, price, metric)
    rows[-1].set_xlabel(price.label)
    widened(rows[-1], _prices(findings, price))
    add_legends(figure, {label: findings.colours[label] for label in shown_labels(findings)}, _shapes(findings))
    return Plot(price.name, price.title, _caption(findings, price, panels), figure)


def _draw_panel(axes: Axes, findings: Findings, price: Price, metric: str) -> None:
    shapes = _shapes(findings)
    for group in shown_groups(findings):
        for row in group.rows:
            point = _point(findings, row.job, price, metric)
            if point is not None:
                colour = findings.colours[row.job.label]
                draw_point(axes, *point, colour=colour, shape=shapes[group.title], size=4.0, fill="white")
    axes.set_title(PANELS[metric], loc="left")
    axes.set_ylim(from_zero(*axes.get_ylim()))


def _point(findings: Findings, job: JobData, price: Price, metric: str) -> tuple[Estimate, Estimate] | None:
    x = findings.numbers.estimates.get((job.job_id, price.metric))
    y = findings.numbers.estimates.get((job.job_id, metric))
    return (x, y) if x is not None and y is not None and None not in (x.value, y.value) else None


def _prices(findings: Findings, price: Price) -> list[float]:
    """Where points stand on the horizontal axis."""
    found = (findings.numbers.estimates.get((job.job_id, price.metric)) for job in _shown_jobs(findings))
    return [estimate.value for estimate in found if estimate is not None and estimate.value is not None]


def _shapes(findings: Findings) -> dict[str, str]:
    return markers(group.title for group in shown_groups(findings))


def _shown_jobs(findings: Findings) -> list[JobData]:
    return [row.job for group in shown_groups(findings) for row in group.rows]


def _caption(findings: Findings, price: Price, panels: list[str]) -> str:
    caption = f"One point per job, n = {findings.prompts} prompts. {INTERVALS}. {price.reading}{left_out(findings)}"
    if HELD_OUT not in panels:
        return caption
    return f"{caption} {BY_CONSTRUCTION}"
