"""What a figure hands back, and what several figures share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

from harness.report.findings import Findings
from harness.report.style import MARKERS
from harness.report.sweep_data import PLAIN
from harness.report.table import Group
from harness.statistics import Estimate
from harness.statistics.interval import LEVEL

# In letters of the legend's size: a column's width of the paper, and a key with the space round it.
LEGEND_WIDTH, LINE_WIDTH, MARKER_WIDTH = 62, 8, 3
FREE_LINES, LINE_HEIGHT = 5, 0.14  # of legends: what a figure's own height has room for; inches of each more
WIDE = 4.0  # largest over smallest value
# More strategies than that have no legend that can be read, and more settings no marker of their own.
SHOWN_LABELS, SHOWN_SETTINGS = 24, len(MARKERS)
INTERVALS = f"Bars: {LEVEL:.0%} bootstrap intervals over prompts (BCa; the rule of three where nothing was seen)"


@dataclass(frozen=True)
class Plot:
    """`name` is the file's stem; title and caption are plain text."""

    name: str
    title: str
    caption: str
    figure: Figure


def shown_labels(findings: Findings) -> list[str]:
    """The strategies that a figure shows: the first ones of the sweep, and Plain wherever it stands."""
    labels = list(findings.colours)
    first = labels[:SHOWN_LABELS]
    return first if PLAIN in first or PLAIN not in labels else [*first[:-1], PLAIN]


def shown_groups(findings: Findings, most: int = SHOWN_SETTINGS) -> list[Group]:
    """The settings that a figure shows, the first `most`, with the rows of the strategies that it shows."""
    labels = set(shown_labels(findings))
    return [
        Group(group.title, tuple(row for row in group.rows if row.job.label in labels))
        for group in findings.table.groups[:most]
    ]


def left_out(findings: Findings, most: int = SHOWN_SETTINGS) -> str:
    """The end of a caption: how much of a large sweep the figure shows. Nothing where it shows all of it."""
    counts = {
        "settings": (min(most, len(findings.table.groups)), len(findings.table.groups)),
        "strategies": (len(shown_labels(findings)), len(findings.colours)),
    }
    parts = [f"{shown:,} of {there:,} {what}" for what, (shown, there) in counts.items() if shown < there]
    return f" Shown are {' and '.join(parts)}, in the sweep's order; table.csv has all." if parts else ""


def draw_point(
    axes: Axes, x: float | Estimate, y: float | Estimate, *, colour: str, shape: str, size: float, fill: str
) -> None:
    """A marker, with a bar for each coordinate that has an interval; nothing where a coordinate is undefined."""
    horizontal, vertical = _value(x), _value(y)
    if horizontal is None or vertical is None:
        return
    axes.errorbar(
        [horizontal], [vertical], xerr=_bar(x), yerr=_bar(y),
        fmt=shape, color=colour, markersize=size, markerfacecolor=fill, elinewidth=0.8, capsize=0,
    )  # fmt: skip


def _value(number: float | Estimate) -> float | None:
    return number.value if isinstance(number, Estimate) else number


def _bar(number: float | Estimate) -> tuple[list[float], list[float]] | None:
    """Distances to the interval's ends. A BCa interval need not hold the value, and no bar is shorter than nothing."""
    if not isinstance(number, Estimate) or number.value is None or number.interval is None:
        return None
    return [max(number.value - number.interval.low, 0.0)], [max(number.interval.high - number.value, 0.0)]


def markers(titles: Iterable[str]) -> dict[str, str]:
    """Group title → marker; they repeat after the eighth."""
    return {title: MARKERS[index % len(MARKERS)] for index, title in enumerate(titles)}


def colour_keys(colours: Mapping[str, str]) -> list[Line2D]:
    """Legend entries: a line in each strategy's colour."""
    return [Line2D([], [], color=colour, linewidth=3.0, label=_wrapped(label)) for label, colour in colours.items()]


def marker_keys(shapes: Mapping[str, str]) -> list[Line2D]:
    """Legend entries: each group's marker, without colour."""
    return [
        Line2D([], [], color="#333333", marker=shape, markerfacecolor="none", linestyle="none", label=_wrapped(title))
        for title, shape in shapes.items()
    ]


def _wrapped(label: str) -> str:
    """A name that is longer than the figure is wide goes on in the next line."""
    return "\n".join(wrap(label, LEGEND_WIDTH - LINE_WIDTH)) or label


def add_legends(figure: Figure, colours: Mapping[str, str], shapes: Mapping[str, str]) -> None:
    """Strategies above the axes, as many beside each other as their names allow; groups below, if more than one."""
    columns = legend_columns(list(colours), LINE_WIDTH)
    figure.legend(handles=colour_keys(colours), loc="outside upper center", ncols=columns)
    lines = _lines(colours, columns)
    if len(shapes) > 1:
        columns = min(2, legend_columns(list(shapes), MARKER_WIDTH))
        figure.legend(
            handles=marker_keys(shapes), loc="outside lower center", ncols=columns, handletextpad=0.1, columnspacing=1.0
        )
        lines += _lines(shapes, columns)
    figure.set_figheight(figure.get_figheight() + LINE_HEIGHT * max(lines - FREE_LINES, 0))


def _lines(labels: Collection[str], columns: int) -> int:
    """Of text in the legend, at most: its longest labels may stand in one column."""
    return ceil(len(labels) / columns) + sum(_wrapped(label).count("\n") for label in labels)


def legend_columns(labels: Sequence[str], key_width: int) -> int:
    """At most three, and as wide together as the figure; matplotlib fills one column after the other."""
    fitting = [count for count in (2, 3) if count <= len(labels) and _width(labels, count, key_width) <= LEGEND_WIDTH]
    return max(fitting, default=1)


def _width(labels: Sequence[str], columns: int, key_width: int) -> int:
    """Of a legend, in letters."""
    width, start = 0, 0
    for index in range(columns):
        end = start + len(labels) // columns + (index < len(labels) % columns)
        width += key_width + max(min(len(label), LEGEND_WIDTH - key_width) for label in labels[start:end])
        start = end
    return width


def widened(axes: Axes, values: Sequence[float]) -> None:
    """A logarithmic horizontal axis with plain numbers, where the largest of `values` is more than `WIDE` the least."""
    if values and min(values) > 0 and max(values) / min(values) > WIDE:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(ScalarFormatter())
        axes.xaxis.set_minor_formatter(NullFormatter())


def from_zero(low: float, high: float) -> tuple[float, float]:
    """Limits of an axis of rates: it starts at zero, with room for a marker that sits there."""
    return -0.03 * high, high
