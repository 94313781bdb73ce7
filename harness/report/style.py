"""One look for all figures: column width, small type, colours that colour-blind readers can tell apart."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from matplotlib.figure import Figure

WIDTH = 3.3  # inches: one column of a two-column paper

# Okabe & Ito 2008, "Color Universal Design", and Tol's wine; without yellow, which white paper swallows.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#882255", "#8C6D31")
FIXED = {"plain": "#5A5A5A", "antislop": "#0072B2", "token_ban": "#E69F00"}
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so every machine draws the same
    "font.size": 7.0,
    "axes.titlesize": 7.5,
    "axes.labelsize": 7.0,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.markersize": 4.0,
    "errorbar.capsize": 1.5,
    "figure.facecolor": "white",
    "savefig.dpi": 220,
    "pdf.fonttype": 42,  # TrueType: journals refuse Type 3
    "text.parse_math": False,  # a phrase with a dollar sign is no formula
}


def strategy_colours(labels: Iterable[str]) -> dict[str, str]:
    """Label ("antislop ban=soft") → colour: a known strategy's own, else the next that is free."""
    colours: dict[str, str] = {}
    for label in dict.fromkeys(labels):
        free = [colour for colour in PALETTE if colour not in {*colours.values(), *FIXED.values()}]
        own = FIXED.get(label.split(" ")[0])
        spare = free[0] if free else PALETTE[len(colours) % len(PALETTE)]
        colours[label] = own if own is not None and own not in colours.values() else spare
    return colours


def new_figure(height: float) -> Figure:
    """An empty figure of column width, `height` in inches."""
    return Figure(figsize=(WIDTH, height), layout="constrained")


def png(figure: Figure) -> bytes:
    """Without the version of the program that drew it."""
    return _saved(figure, "png", {"Software": None})


def pdf(figure: Figure) -> bytes:
    """Without date and program."""
    return _saved(figure, "pdf", {"CreationDate": None, "Creator": None, "Producer": None})


def _saved(figure: Figure, kind: str, metadata: dict[str, None]) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format=kind, metadata=metadata)
    return out.getvalue()
