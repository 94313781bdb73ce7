"""The figures of a run: all ratios against their lines, and one figure for each curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from experiments.bench.result import Curve, Line, Result, Series
from harness.report.style import FIXED, MARKERS, PALETTE, RC, new_figure, pdf, png

ROW, AROUND = 0.16, 0.6  # inches: one ratio, and what stands above and below them
REACHED, MISSED, NO_LINE = PALETTE[2], PALETTE[4], FIXED["plain"]


def figures(results: Sequence[Result]) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of every figure, as PNG and as PDF."""
    with matplotlib.rc_context(RC):
        for name, figure in _drawn(results):
            yield f"{name}.png", png(figure)
            yield f"{name}.pdf", pdf(figure)


def _drawn(results: Sequence[Result]) -> Iterator[tuple[str, Figure]]:
    lines = [(result.name, line) for result in results for line in result.lines]
    if lines:
        yield "ratios", _ratios(lines)
    for result in results:
        for curve in result.curves:
            yield curve.name, _curve(curve)


def _ratios(lines: Sequence[tuple[str, Line]]) -> Figure:
    """A dot and its range per ratio; a tick where its line is. Costs are turned over, so that right is better."""
    figure = new_figure(AROUND + ROW * len(lines))
    axes = figure.subplots()
    axes.set_xscale("log")
    axes.axvline(1.0, color="#AAAAAA", linewidth=0.6)
    for place, (_, line) in enumerate(lines):
        _ratio(axes, -place, line)
    axes.set_yticks([-i for i in range(len(lines))], [f"{name}: {line.model}, {line.what}" for name, line in lines])
    axes.tick_params(axis="y", labelsize=4.5)
    axes.set_xlabel("A over B, faster to the right; ticks: lines to reach", loc="right")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    return figure


def _ratio(axes: Axes, place: float, line: Line) -> None:
    found = line.ratio
    values = (found.low, found.median, found.high)
    low, middle, high = sorted(1 / value for value in values) if line.cost else values
    colour = {True: REACHED, False: MISSED, None: NO_LINE}[line.reached]
    axes.errorbar([middle], [place], xerr=[[middle - low], [high - middle]], fmt="o", color=colour, elinewidth=0.8)
    if line.target is not None:
        axes.plot([1 / line.target if line.cost else line.target], [place], "|", color="#222222", markersize=7)


def _curve(curve: Curve) -> Figure:
    figure = new_figure(2.2)
    axes = figure.subplots()
    for series, colour, marker in zip(curve.series, PALETTE, MARKERS, strict=False):
        _series(axes, series, colour, marker)
    axes.plot(curve.expected.x, _medians(curve.expected), color="#222222", linestyle="--", linewidth=0.9, label="law")
    if curve.logarithmic:
        axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set(title=curve.title, xlabel=curve.x_label, ylabel=curve.y_label)
    axes.legend()
    return figure


def _series(axes: Axes, series: Series, colour: str, marker: str) -> None:
    middle = _medians(series)
    ends = ([m - y.low for m, y in zip(middle, series.y, strict=True)], [y.high - y.median for y in series.y])
    axes.errorbar(
        series.x, middle, yerr=ends, color=colour, marker=marker, markersize=2.5, linewidth=0.8, elinewidth=0.6,
        label=series.label,
    )  # fmt: skip


def _medians(series: Series) -> list[float]:
    return [spread.median for spread in series.y]
