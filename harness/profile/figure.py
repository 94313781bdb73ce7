"""The most over-used n-grams as bars."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from harness.profile.overuse import Overuse
from harness.profile.table import TITLES
from harness.report.style import PALETTE, RC, new_figure, pdf, png
from harness.visible import visible

SHOWN = 8  # n-grams of each order
LONGEST = 30  # characters of an n-gram that fit beside the axis
ROOM = 4.0  # times the highest ratio: its label stands to the right of its bar


def draw_bars(parts: Mapping[int, Sequence[Overuse]]) -> dict[str, bytes]:
    """File suffix → bytes of a horizontal bar chart of ratios, a panel for each order; empty without n-grams."""
    shown = {order: list(uses[:SHOWN]) for order, uses in parts.items() if uses}
    if not shown:
        return {}
    with matplotlib.rc_context(RC), warnings.catch_warnings():
        # An n-gram in a script that the font lacks is drawn as boxes; the tables spell it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = _figure(shown)
        return {"png": png(figure), "pdf": pdf(figure)}


def _figure(shown: Mapping[int, Sequence[Overuse]]) -> Figure:
    sizes = [len(uses) for uses in shown.values()]
    figure = new_figure(0.45 + 0.25 * len(sizes) + 0.145 * sum(sizes))
    rows = figure.subplots(len(sizes), 1, sharex=True, squeeze=False, height_ratios=sizes)[:, 0]
    for axes, (order, uses) in zip(rows, shown.items(), strict=True):
        _draw(axes, TITLES[order], uses)
    rows[-1].set_xscale("log")
    rows[-1].set_xlim(1, max(use.ratio for uses in shown.values() for use in uses) * ROOM)
    rows[-1].xaxis.set_major_formatter(FuncFormatter(lambda ratio, _: f"{ratio:,.0f}"))
    rows[-1].set_xlabel("times as frequent as in human texts")
    return figure


def _draw(axes: Axes, title: str, uses: Sequence[Overuse]) -> None:
    """Hatched where no human was seen to say it: the bar is the least that the ratio can be."""
    places = range(len(uses))
    axes.barh(
        places,
        [use.ratio for use in uses],
        height=0.7,
        color=PALETTE[0],
        edgecolor="white",
        linewidth=0.0,
        hatch=["////" if use.is_unseen else "" for use in uses],
    )
    for place, use in enumerate(uses):
        axes.annotate(
            f"{use.count} in {use.prompts}",
            (use.ratio, place),
            (2, 0),
            textcoords="offset points",
            va="center",
            fontsize=5.5,
        )
    axes.set_yticks(places, [_short(visible(use.ngram)) for use in uses])
    axes.set_ylim(len(uses) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_title(title, loc="left")


def _short(ngram: str) -> str:
    return ngram if len(ngram) <= LONGEST else f"{ngram[: LONGEST - 1]}…"
