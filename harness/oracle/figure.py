"""Fidelity against cost: one panel a model, one point a strategy and its parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from harness.oracle.table import Group, LawTable, Row
from harness.report.style import PALETTE, RC, WIDTH, pdf, png

CAPTION = (
    "Total variation distance to the exact conditional (at the foot: zero) against draws per kept token beyond the "
    "first, both logarithmic, draws linear below 0.1. "
    "AntiSlop by colour (what it does to the token that it takes back) and shape (where it goes back to); the others "
    "by letter, those that never draw twice beside each other from 0 on. Down and left is good. Laws with a residual "
    "above 0.02 are left out."
)
SHOWN = 0.02  # laws with a larger residual are no point
LINEAR = 0.1  # draws beyond the first: below, the axis is linear, so that it has a zero
FLOOR = 1e-4  # what lies below is drawn on the foot of the panel
SHAPES = {"token": "o", "phrase": "s", "sentence": "^", "start": "D"}
COLOURS = dict(zip(("none", "hard", "soft", "tilt"), PALETTE, strict=False))
GREY = "#333333"
BESIDE = 6.0  # points between letters that share a place, and above a shape
COLUMNS = 2


def draw(table: LawTable) -> tuple[bytes, bytes]:
    """The figure as PNG and PDF."""
    with matplotlib.rc_context(RC):
        figure = _figure(table)
        return png(figure), pdf(figure)


def _figure(table: LawTable) -> Figure:
    lines = -(-len(table.groups) // COLUMNS)
    figure = Figure(figsize=(2.1 * WIDTH, 0.9 + 1.75 * lines), layout="constrained")
    panels = figure.subplots(lines, COLUMNS, squeeze=False).flatten()
    letters = _letters(row.job["strategy"] for group in table.groups for row in group.rows)
    for axes, group in zip(panels, table.groups, strict=False):
        _panel(axes, group, letters)
    for axes in panels[len(table.groups) :]:
        axes.remove()
    figure.supxlabel("draws per kept token beyond the first", fontsize=7.0)
    figure.supylabel("TV to the exact conditional", fontsize=7.0)
    figure.legend(handles=[*_keys(), *_letter_keys(letters)], loc="outside upper center", ncols=6, columnspacing=1.2)
    return figure


def _panel(axes: Axes, group: Group, letters: dict[str, str]) -> None:
    axes.set_xscale("symlog", linthresh=LINEAR)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda draws, _: f"{draws:g}"))
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda tv, _: "0" if tv == FLOOR else f"{tv:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_title(group.model, loc="left")
    axes.axhline(FLOOR, color=GREY, linewidth=0.6)
    for row in group.rows:
        if row.found.residual <= SHOWN:
            _point(axes, row, letters)
    axes.set_ylim(FLOOR / 2, 1.6)
    axes.set_xlim(-LINEAR / 4, max(axes.get_xlim()[1], 1.5))


def _point(axes: Axes, row: Row, letters: dict[str, str]) -> None:
    draws, y = row.found.draws_per_kept, max(row.found.tv, FLOOR)
    if draws is None or math.isinf(draws):
        return
    x = draws - 1
    if row.job["strategy"] == "antislop":
        axes.plot([x], [y], linestyle="none", clip_on=False, **_antislop(row))
        return
    letter = letters[row.job["strategy"]]
    index = list(letters.values()).index(letter)
    offset = (BESIDE * (index % 5), 0.0) if x < 1e-9 else (0.0, BESIDE)
    axes.plot([x], [y])  # no mark: it makes room for the letter
    axes.annotate(
        letter, (x, y), offset, textcoords="offset points",
        ha="center", va="center", fontsize=6.0, fontweight="bold", color=GREY,
    )  # fmt: skip


def _antislop(row: Row) -> dict[str, Any]:
    options = row.job["options"]
    colour = COLOURS[options.get("ban", "hard")]
    return {
        "marker": SHAPES[options.get("rewind_to", "phrase")],
        "color": colour,
        "markerfacecolor": "none",
        "markersize": 5.0,
        "markeredgewidth": 1.0,
    }


def _letters(strategies: Iterable[str]) -> dict[str, str]:
    """Strategy → a letter of its name that no other has."""
    letters: dict[str, str] = {}
    for name in dict.fromkeys(strategies):
        if name != "antislop":
            spare = [letter for letter in name.upper() if letter.isalpha() and letter not in letters.values()]
            letters[name] = spare[0] if spare else name[0]
    return letters


def _keys() -> list[Line2D]:
    bans = [Line2D([], [], color=colour, linewidth=3.0, label=f"ban {name}") for name, colour in COLOURS.items()]
    style: dict[str, Any] = {"color": GREY, "markerfacecolor": "none", "linestyle": "none"}
    return bans + [Line2D([], [], marker=shape, label=f"to {name}", **style) for name, shape in SHAPES.items()]


def _letter_keys(letters: dict[str, str]) -> list[Line2D]:
    return [
        Line2D([], [], linestyle="none", label=f"{letter}: {name.replace('_', ' ')}")
        for name, letter in letters.items()
    ]
