"""What each strategy pays most for: the reasons whose rewinds threw away the most forward passes."""

from __future__ import annotations

from matplotlib.axes import Axes

from harness.report.figures.phrases import Texts, pooled_texts, short
from harness.report.figures.plot import INTERVALS, Plot, draw_point, left_out
from harness.report.findings import Findings
from harness.report.style import new_figure
from harness.report.waste import DEAREST, Waste, waste_of

BAR = 0.62  # of the distance between two reasons
QUIET = "#5F6368"


def dearest_reasons(findings: Findings) -> Plot | None:
    """Wasted passes per 1,000 kept tokens of the dearest reasons, a panel for each strategy that wasted any."""
    panels = _wasteful(pooled_texts(findings))
    if not panels:
        return None
    sizes = [min(len(waste.reasons), DEAREST) for waste in panels.values()]
    figure = new_figure(0.35 + 0.34 * len(panels) + 0.145 * sum(sizes))
    # Each on an axis of its own: what one strategy pays for its dearest phrase may be all that another wastes.
    rows = figure.subplots(len(panels), 1, squeeze=False, height_ratios=sizes)[:, 0]
    for axes, (label, waste) in zip(rows, panels.items(), strict=True):
        _draw(axes, label, waste, findings.colours[label])
    rows[-1].set_xlabel("wasted forward passes / 1,000 kept tokens")
    return Plot("dearest_reasons", "Where the waste is", _caption(findings), figure)


def _wasteful(texts: Texts) -> dict[str, Waste]:
    wastes = {label: waste_of(samples) for label, samples in texts.items()}
    return {label: waste for label, waste in wastes.items() if waste.total.forwards}


def _draw(axes: Axes, label: str, waste: Waste, colour: str) -> None:
    shown = waste.reasons[:DEAREST]
    for place, part in enumerate(shown):
        rate = part.rate
        if rate is None or rate.value is None:
            continue
        axes.barh(place, rate.value, height=BAR, color=colour, alpha=0.45, linewidth=0)
        draw_point(axes, rate, place, colour=colour, shape="o", size=2.2, fill=colour)
        high = rate.value if rate.interval is None else max(rate.value, rate.interval.high)
        axes.annotate(
            f"{part.prompts} of {waste.prompts}", (high, place), (3, 0), textcoords="offset points",
            va="center", fontsize=5.5, color=QUIET,
        )  # fmt: skip
    axes.set_yticks(range(len(shown)), [short(part.reason.name) for part in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xlim(0.0, axes.get_xlim()[1] * 1.2)
    axes.grid(visible=False, axis="y")
    axes.set_title(
        f"{short(label)}: {waste.total.forwards / waste.forwards:.1%} of all passes", loc="right"
    )  # long names


def _caption(findings: Findings) -> str:
    return (
        f"The {DEAREST} dearest reasons to go back, pooled over the models and decodings that all strategies ran in; "
        "above each panel what all reasons together wasted, beside each bar in how many of the "
        f"{findings.prompts} prompts it occurred. {INTERVALS}. Axes differ. A token that was taken back before it was "
        f"fed costs no pass.{left_out(findings, len(findings.table.groups))}"
    )
