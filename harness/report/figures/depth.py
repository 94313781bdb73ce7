"""How far a rewind goes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

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
)
from harness.report.findings import Findings
from harness.report.style import new_figure
from harness.report.sweep_data import JobData
from harness.scoring import RatioMeasurement
from harness.scoring.cost import rewind_depths
from harness.scoring.per_prompt import finished, summed
from harness.statistics import Estimate, estimate

DEEPEST = 12  # deeper rewinds share the last place
SHOWN_GROUPS = 4  # more series than that cannot be told apart at column width
SPREAD = 0.6  # of the distance between two depths, shared by the series

Series = tuple[str, str, list[Estimate]]  # strategy label, group title, share of each depth


def rewind_depth(findings: Findings) -> Plot | None:
    """Share of rewinds by the number of tokens they take back."""
    last = min(max((depth for job in findings.sweep.done for depth in _depths(job)), default=0), DEEPEST)
    series = list(_series(findings, last))
    if not series:
        return None
    figure = new_figure(2.4)
    axes = figure.subplots()
    shapes = markers(dict.fromkeys(title for _, title, _ in series))
    for index, (label, title, shares) in enumerate(series):
        offset = SPREAD * ((index + 0.5) / len(series) - 0.5)
        _draw(axes, shares, offset, findings.colours[label], shapes[title])
    _label(axes, last)
    labels = dict.fromkeys(label for label, _, _ in series)
    add_legends(figure, {label: findings.colours[label] for label in labels}, shapes)
    return Plot("rewind_depth", "Rewind depth", _caption(findings), figure)


def _series(findings: Findings, last: int) -> Iterator[Series]:
    for group in shown_groups(findings, SHOWN_GROUPS):
        for row in group.rows:
            if _depths(row.job):
                yield row.job.label, group.title, _shares(row.job, last)


def _depths(job: JobData) -> list[int]:
    return [depth for sample in finished(job.samples) for depth in rewind_depths(sample)]


def _shares(job: JobData, last: int) -> list[Estimate]:
    """Share of the job's rewinds that take back 1, 2, … tokens; the last place holds all deeper ones."""
    texts = finished(job.samples)
    counts = [Counter(min(depth, last) for depth in rewind_depths(sample)) for sample in texts]
    rewinds = summed(texts, [found.total() for found in counts])
    return [
        estimate(
            RatioMeasurement(
                name=f"rewinds_of_depth_{depth}",
                unit="share of rewinds",
                better="neutral",
                numerator=summed(texts, [found[depth] for found in counts]),
                denominator=rewinds,
            )
        )
        for depth in range(1, last + 1)
    ]


def _draw(axes: Axes, shares: list[Estimate], offset: float, colour: str, shape: str) -> None:
    for depth, share in enumerate(shares, start=1):
        draw_point(axes, depth + offset, share, colour=colour, shape=shape, size=3.0, fill="white")


def _label(axes: Axes, last: int) -> None:
    depths = range(1, last + 1)
    axes.set_xticks(depths, [f"{depth}+" if depth == DEEPEST else str(depth) for depth in depths])
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("tokens taken back by a rewind")
    axes.set_ylabel("share of rewinds")
    axes.set_ylim(from_zero(*axes.get_ylim()))


def _caption(findings: Findings) -> str:
    rewinds = sum(len(_depths(row.job)) for group in shown_groups(findings, SHOWN_GROUPS) for row in group.rows)
    caption = f"{rewinds:,} rewinds in the texts of {findings.prompts} prompts a job. {INTERVALS}."
    return f"{caption}{left_out(findings, SHOWN_GROUPS)}"
