"""Where the waste is: sums by hand, one file and one page that say the same."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from matplotlib.patches import Rectangle

from harness.report import build_report
from harness.report.figures.waste import dearest_reasons
from harness.report.findings import read_findings
from harness.report.render_waste import FIELDS, render_waste
from harness.report.waste import DEAREST, Reason, waste_of
from harness.store.records import Sample
from tests.harness.report.conftest import Folder, rewind, text_sample

EVENTS = [
    rewind(5, 2, 3, "a testament to", "phrase:a testament to"),  # 3 tokens, 2 passes
    rewind(4, 3, 9, "x", "regex:old d\\w+"),  # 1 token, no pass
    rewind(4, 3, 9, "x", "exhausted"),  # 1 token that had been fed: 1 pass
    rewind(90, 10, 9, "y", "phrase:shimmering"),  # 80 tokens, 79 passes, and one more for what was no longer held
]


def told(prompt_id: str, events: list[dict[str, Any]], **cost: int) -> Sample:
    """A text of 100 kept tokens, of which the last is not fed."""
    discarded = sum(event["at"] - event["to"] for event in events)
    sample = text_sample(prompt_id, "rain " * 100, events)
    counts = {**sample.cost, "kept": 100, "drawn": 100 + discarded, "discarded": discarded, **cost}
    return Sample(**{name: getattr(sample, name) for name in Sample.__slots__} | {"cost": counts})


def texts() -> list[Sample]:
    """Two prompts that waste what EVENTS say, and one that wastes nothing."""
    wasteful = [told(prompt, EVENTS, forwards=100 + 2 + 0 + 1 + 79 + 1) for prompt in ("p0", "p1")]
    return [*wasteful, told("p2", [], forwards=100)]


def test_every_pass_and_every_draw_is_booked_once() -> None:
    """An entry whose passes were booked on another would be banned for nothing."""
    waste = waste_of(texts())
    assert waste.untold == 0
    assert (waste.kept, waste.drawn, waste.forwards) == (300, 300 + 2 * 85, 300 + 2 * 83)
    booked = {part.reason: (part.rewinds, part.tokens, part.discarded, part.repeated) for part in waste.reasons}
    assert booked == {
        Reason("phrase", "shimmering"): (2, 160, 158, 2),
        Reason("phrase", "a testament to"): (2, 6, 4, 0),
        Reason("other", "exhausted"): (2, 2, 2, 0),
        Reason("regex", r"old d\w+"): (2, 2, 0, 0),
    }
    assert list(booked) == [part.reason for part in sorted(waste.reasons, key=lambda part: -part.forwards)]
    assert [(part.reason.kind, part.forwards) for part in waste.kinds] == [("phrase", 164), ("regex", 0), ("other", 2)]
    assert waste.total.forwards == 166 == sum(part.forwards for part in waste.reasons)
    assert {part.prompts for part in waste.reasons} == {2}
    assert waste.prompts == 3


def test_rates_are_of_kept_tokens_with_intervals_over_prompts() -> None:
    total = waste_of(texts()).total.rate
    assert total is not None
    assert total.value == pytest.approx(1000 * 166 / 300)
    assert total.interval is not None
    assert total.interval.low < total.value <= total.interval.high
    assert total.n == 3


def test_the_total_is_the_metric_of_the_same_name(sweep_folder: Folder) -> None:
    findings = read_findings(sweep_folder(("antislop", texts(), {})))
    metric = findings.numbers.estimates["job0", "cost.wasted_forwards_per_1k_kept"]
    assert findings.waste["job0"].total.rate == metric


def rows(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content)))


def test_the_file_has_all_reasons_and_says_where_an_interval_is_missing(sweep_folder: Folder) -> None:
    many = [rewind(5 + place, 2, 3, "x", f"phrase:entry {place}") for place in range(DEAREST + 2)]
    folder = sweep_folder(("antislop", [told("p0", many), told("p1", many)], {}))
    found = rows(render_waste(read_findings(folder)))
    assert list(found[0]) == list(FIELDS)
    assert [row["kind"] for row in found[:2]] == ["all", "phrase"]
    reasons = [row for row in found if row["name"]]
    assert [row["name"] for row in reasons] == [f"entry {place}" for place in reversed(range(DEAREST + 2))]
    assert [bool(row["ci_low"]) for row in reasons] == [True] * DEAREST + [False] * 2
    assert all(bool(row["ci_low"]) != bool(row["reason"]) for row in found if row["kind"] != "untold")
    assert sum(int(row["forwards_discarded"]) for row in reasons) == int(found[0]["forwards_discarded"])
    assert float(reasons[0]["forwards_per_1k_kept"]) == 1000 * 2 * (DEAREST + 3) / 200


def test_passes_that_no_event_explains_are_told(sweep_folder: Folder) -> None:
    """A strategy that goes back in a way that the events do not show must not look cheaper than it is."""
    folder = sweep_folder(("mine", [told("p0", [], forwards=107), told("p1", [], forwards=100)], {}))
    untold = [row for row in rows(render_waste(read_findings(folder))) if row["kind"] == "untold"]
    assert [row["forwards_discarded"] for row in untold] == ["7"]


def test_page_and_table_name_the_dearest_and_the_time_in_the_model(sweep_folder: Folder) -> None:
    folder = sweep_folder(("plain", [told("p0", [], forwards=100)], {}), ("antislop", texts(), {}))
    page = build_report(folder).read_text(encoding="utf-8")
    table = (folder / "table.md").read_text(encoding="utf-8").split("## Where the waste is")[1]
    line = next(line for line in table.splitlines() if "antislop" in line)
    assert "| 35.6% | 164 in 4 | 0 in 2 | 2 in 2 | 36.2% | – | shimmering 533.3 [" in line
    section = page[page.index('id="waste"') : page.index('id="figures"')]
    assert section.index("shimmering") < section.index("a testament to") < section.index("exhausted")
    assert "there is no timing.json that says what was spent inside the model" in section


def test_bars_are_as_long_as_the_rates(sweep_folder: Folder) -> None:
    findings = read_findings(sweep_folder(("plain", [told("p0", [], forwards=100)], {}), ("antislop", texts(), {})))
    plot = dearest_reasons(findings)
    assert plot is not None
    (axes,) = plot.figure.axes  # Plain wastes nothing and has no panel
    bars = [patch.get_width() for patch in axes.patches if isinstance(patch, Rectangle)]
    assert bars == pytest.approx([1000 * forwards / 300 for forwards in (160, 4, 2, 0)])
    assert axes.get_title(loc="right") == "antislop: 35.6% of all passes"


def test_an_arm_that_never_goes_back_has_no_figure(sweep_folder: Folder) -> None:
    assert dearest_reasons(read_findings(sweep_folder(("plain", [told("p0", [], forwards=100)], {})))) is None
