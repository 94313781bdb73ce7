"""What the figures plot, read back from their axes."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes

from harness.report.figures import draw_figures
from harness.report.figures.depth import DEEPEST, rewind_depth
from harness.report.figures.phrases import top_phrases
from harness.report.figures.plot import add_legends, markers
from harness.report.figures.tradeoff import slop_against_cost
from harness.report.findings import Findings, read_findings
from harness.report.style import FIXED, RC, new_figure, strategy_colours
from harness.scoring.regex_counter import RegexCounter
from tests.harness.report.conftest import Folder, rewind, stories, text_sample

SLOP, COST = "slop.hits_per_1k_words", "cost.forwards_per_kept"


def points(axes: Axes) -> list[tuple[float, float]]:
    """Where the markers stand, in the order drawn."""
    lines: list[Any] = [container.lines[0] for container in axes.containers]
    return [tuple(line.get_xydata()[0]) for line in lines]


@pytest.fixture
def findings(sweep_folder: Folder) -> Findings:
    return read_findings(sweep_folder(("plain", stories(4), {}), ("antislop", stories(0, rewinds=2), {})))


def test_points_stand_at_the_table_s_numbers(findings: Findings) -> None:
    plot = slop_against_cost(findings)
    assert plot is not None
    banned, heldout = plot.figure.axes
    estimates = findings.numbers.estimates
    expected = [(estimates[job, COST].value, estimates[job, SLOP].value) for job in ("job0", "job1")]
    assert points(banned) == expected
    assert len(points(heldout)) == 2


def test_top_phrases_are_plain_s_most_frequent_with_every_arm_s_rate(findings: Findings) -> None:
    plot = top_phrases(findings)
    assert plot is not None
    banned, heldout = plot.figure.axes
    assert [label.get_text() for label in banned.get_yticklabels()] == ["a testament to"]
    assert {label.get_text() for label in heldout.get_yticklabels()} == {"old dog", "testament"}
    estimates = findings.numbers.estimates
    assert [x for x, _ in points(banned)] == pytest.approx([estimates["job0", SLOP].value, 0.0])


@pytest.mark.parametrize(("pattern", "counted"), [(r"old d\w+", True), (r"^(?:\w|\w\w|\W)+[@#]", False)])
def test_regexes_have_a_panel_where_they_could_be_counted(
    pattern: str, counted: bool, sweep_folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pattern that runs out of time is shown as undefined in the table, not as rare in a figure."""
    monkeypatch.setattr("harness.scoring.slop.regex_counter", lambda patterns: RegexCounter(patterns, 0.05))
    regexes = {"name": "patterns", "digest": "2", "entries": [pattern]}
    folder = sweep_folder(("plain", stories(4), {}), ("antislop", stories(0), {}), regexes=regexes)
    findings = read_findings(folder)
    titles = {axes.get_title(loc="left") for axes in top_phrases(findings).figure.axes}
    assert ("regexes" in titles) == counted
    prices = {axes.get_title(loc="left") for axes in slop_against_cost(findings).figure.axes}
    assert ("regexes: matches / 1,000 words" in prices) == counted


def test_pooled_phrases_compare_strategies_not_models(sweep_folder: Folder) -> None:
    """Plain alone on a second, sloppier model must not be held against a ban that never ran there."""
    arms = [("plain", stories(1), {}), ("antislop", stories(0), {}), ("plain", stories(9), {"model": "sloppy"})]
    findings = read_findings(sweep_folder(*arms))
    plot = top_phrases(findings)
    assert plot is not None
    assert points(plot.figure.axes[0])[0][0] == pytest.approx(findings.numbers.estimates["job0", SLOP].value)


def test_depths_sum_to_one_and_the_last_place_takes_the_deepest(sweep_folder: Folder) -> None:
    depths = [1, 2, 2, DEEPEST, DEEPEST + 30]
    samples = [text_sample(f"p{n}", "one two", [rewind(d, 0, 0, "x") for d in depths]) for n in range(3)]
    plot = rewind_depth(read_findings(sweep_folder(("antislop", samples, {}))))
    assert plot is not None
    (axes,) = plot.figure.axes
    shares = [y for _, y in points(axes)]
    assert shares == pytest.approx([0.2, 0.4, *[0.0] * (DEEPEST - 3), 0.4])
    assert axes.get_xticklabels()[-1].get_text() == f"{DEEPEST}+"


def test_hostile_phrases_are_drawn_not_parsed(sweep_folder: Folder) -> None:
    """A dollar sign starts a formula in matplotlib, and a broken one raises when the figure is saved."""
    phrase = r"costs $\frac{1 of"
    samples = [text_sample(f"p{n}", f"it {phrase} 日本 old dog") for n in range(3)]
    phrases = {"name": "mine", "digest": "0", "entries": [phrase, "日本"]}
    folder = sweep_folder(("plain", samples, {}), ("antislop", samples, {}), phrases=phrases)
    assert "top_phrases" in {picture.name for picture in draw_figures(read_findings(folder))}


def test_no_marker_is_cut_off_by_the_axes(findings: Findings) -> None:
    with matplotlib.rc_context(RC):
        plots = [slop_against_cost(findings), top_phrases(findings), rewind_depth(findings)]
    for axes in [axes for plot in plots if plot for axes in plot.figure.axes]:
        (left, right), (low, high) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
        places = np.array(points(axes))
        assert (places[:, 0] > left).all()
        assert (places[:, 0] < right).all()
        assert (places[:, 1] > low).all()
        assert (places[:, 1] < high).all()


def test_a_strategy_has_one_colour_in_every_report() -> None:
    alone, among = strategy_colours(["antislop"]), strategy_colours(["plain", "token_ban", "antislop"])
    assert alone["antislop"] == among["antislop"] == FIXED["antislop"]


def test_variants_of_a_strategy_can_be_told_apart() -> None:
    labels = ["plain", "antislop", "antislop ban=soft", "antislop ban=none", "new"]
    assert len(set(strategy_colours(labels).values())) == len(labels)


def test_more_arms_than_colours_is_no_error() -> None:
    assert len(strategy_colours([f"arm{number}" for number in range(40)])) == 40


NAMES = {
    "short": ["plain", "antislop", "token_ban"],
    "two long ones": [
        "antislop",
        "antislop ban=soft strength=0.1",
        "antislop ban=tilt strength=0.1",
        "antislop ban=none",
    ],
    "one that is too long": [
        "plain",
        "antislop phrases=a_list_of_phrases.txt ban=soft rewind_to=sentence strength=0.125",
    ],
    "without a space": ["x" * 200],
    "many": [f"antislop strength={number}" for number in range(24)],
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_a_legend_lies_within_its_figure(names: list[str]) -> None:
    """Guards: names beside each other that are wider than a column of the paper, cut off at both ends."""
    with matplotlib.rc_context(RC):
        figure = new_figure(5.0)
        figure.subplots()
        add_legends(figure, strategy_colours(names), markers(names))
        figure.canvas.draw()
        for legend in figure.legends:
            box = legend.get_window_extent()
            assert box.x0 >= 0
            assert box.x1 <= figure.bbox.x1
