"""Fidelity against cost: one panel a model, one point a strategy and its parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from harness.oracle.table import Group, LawTable, Row
from harness.report.style import PALETTE, RC, WIDTH, pdf, png

CAPTION = (
    "Total variation distance to the exact conditional (logarithmic; at the foot: zero) against draws per kept token. "
    "AntiSlop by colour (what it does to the token that it takes back) and shape (where it goes back to); the others "
    "by letter. Down and left is good; a vertical step between shapes of one colour is what the knob "
    "buys. Laws with a residual above 0.02 are left out."
)
SHOWN = 0.02  # laws with a larger residual are no point
FLOOR = 1e-4  # what lies below is drawn on the foot of the panel
SHAPES = {"token": "o", "phrase": "s", "sentence": "^", "start": "D"}
COLOURS = dict(zip(("none", "hard", "soft", "tilt"), PALETTE, strict=False))
GREY = "#333333"
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
    figure.supxlabel("draws per kept token", fontsize=7.0)
    figure.supylabel("TV to the exact conditional", fontsize=7.0)
    figure.legend(handles=[*_keys(), *_letter_keys(letters)], loc="outside upper center", ncols=6, columnspacing=1.2)
    return figure


def _panel(axes: Axes, group: Group, letters: dict[str, str]) -> None:
    axes.set_yscale("log")
    axes.set_title(group.model, loc="left")
    axes.axhline(FLOOR, color=GREY, linewidth=0.6)
    for row in group.rows:
        if row.found.residual <= SHOWN:
            _point(axes, row, letters)
    axes.set_ylim(FLOOR / 2, 1.6)
    axes.margins(x=0.08)


def _point(axes: Axes, row: Row, letters: dict[str, str]) -> None:
    if row.found.draws_per_kept is None:
        return
    place = ([row.found.draws_per_kept], [max(row.found.tv, FLOOR)])
    if row.job["strategy"] == "antislop":
        axes.plot(*place, linestyle="none", clip_on=False, **_antislop(row))
        return
    marker = f"${letters[row.job['strategy']]}$"
    axes.plot(*place, marker=marker, color=GREY, markersize=4.5, markeredgewidth=0.3, clip_on=False)


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
        Line2D([], [], marker=f"${letter}$", color=GREY, linestyle="none", label=name.replace("_", " "))
        for name, letter in letters.items()
    ]
