"""The figures of a report. Each is a pure function of the findings; None where there is nothing to draw."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import matplotlib

from harness.report.figures.depth import rewind_depth
from harness.report.figures.phrases import top_phrases
from harness.report.figures.plot import Plot
from harness.report.figures.tradeoff import slop_against_cost, slop_against_diversity
from harness.report.figures.waste import dearest_reasons
from harness.report.findings import Findings
from harness.report.style import RC, pdf, png

FIGURES = (slop_against_cost, slop_against_diversity, top_phrases, rewind_depth, dearest_reasons)


@dataclass(frozen=True)
class Picture:
    """A drawn figure: file stem, what stands above and below it, and its bytes."""

    name: str
    title: str
    caption: str
    png: bytes
    pdf: bytes


def draw_figures(findings: Findings) -> list[Picture]:
    """All figures that this sweep has something to show in."""
    with matplotlib.rc_context(RC), warnings.catch_warnings():
        # A phrase in a script that the font lacks is drawn as boxes; the page and the tables spell it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        plots = [figure(findings) for figure in FIGURES]
        return [_picture(plot) for plot in plots if plot is not None]


def _picture(plot: Plot) -> Picture:
    return Picture(plot.name, plot.title, plot.caption, png(plot.figure), pdf(plot.figure))
