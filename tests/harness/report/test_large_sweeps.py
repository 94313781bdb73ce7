"""A report of a sweep with more strategies and settings than a figure can tell apart."""

from __future__ import annotations

import pytest

from harness.report.figures import draw_figures
from harness.report.figures.depth import rewind_depth
from harness.report.figures.phrases import top_phrases
from harness.report.figures.plot import SHOWN_LABELS, SHOWN_SETTINGS, left_out, shown_groups, shown_labels
from harness.report.figures.tradeoff import slop_against_cost
from harness.report.findings import Findings, read_findings
from harness.report.sweep_data import PLAIN
from tests.harness.report.conftest import Folder, stories

ARMS, SETTINGS = SHOWN_LABELS + 6, SHOWN_SETTINGS + 2


@pytest.fixture
def arms(sweep_folder: Folder) -> Findings:
    """One setting, thirty arms, Plain last."""
    labels = [f"antislop strength={number}" for number in range(ARMS - 1)]
    jobs = [("antislop", stories(1, rewinds=1), {"label": label}) for label in labels]
    return read_findings(sweep_folder(*jobs, (PLAIN, stories(4), {})))


@pytest.fixture
def settings(sweep_folder: Folder) -> Findings:
    """Two arms, ten seeds."""
    jobs = [
        (strategy, stories(slop), {"seed": seed})
        for seed in range(SETTINGS)
        for strategy, slop in ((PLAIN, 4), ("antislop", 0))
    ]
    return read_findings(sweep_folder(*jobs))


def test_figures_show_as_many_arms_as_have_a_readable_legend_and_always_plain(arms: Findings) -> None:
    assert len(shown_labels(arms)) == SHOWN_LABELS
    assert PLAIN in shown_labels(arms)
    for figure in (slop_against_cost, top_phrases, rewind_depth):
        plot = figure(arms)
        assert plot is not None
        (legend,) = plot.figure.legends
        assert len(legend.get_texts()) <= SHOWN_LABELS
        assert f"Shown are {SHOWN_LABELS} of {ARMS} strategies" in plot.caption, plot.name


def test_the_table_and_the_numbers_have_every_arm(arms: Findings) -> None:
    assert sum(len(group.rows) for group in arms.table.groups) == ARMS
    assert len({job for job, _ in arms.numbers.compared}) == ARMS - 1


def test_figures_show_as_many_settings_as_there_are_markers(settings: Findings) -> None:
    assert len(shown_groups(settings)) == SHOWN_SETTINGS
    for picture in draw_figures(settings):
        if picture.name.startswith("slop_against"):
            assert f"Shown are {SHOWN_SETTINGS} of {SETTINGS} settings" in picture.caption


def test_every_arm_is_compared_with_plain_of_its_own_setting(settings: Findings) -> None:
    for (job, _), found in settings.numbers.compared.items():
        assert int(found.control.removeprefix("job")) == int(job.removeprefix("job")) - 1


def test_a_caption_of_a_small_sweep_says_nothing_of_it(sweep_folder: Folder) -> None:
    few = read_findings(sweep_folder((PLAIN, stories(4), {}), ("antislop", stories(0), {})))
    assert left_out(few) == ""
