"""docs/STATISTICS.md prints what was simulated, and its claims hold when all is simulated again."""

import json
from typing import Any

import pytest

from experiments.statistics.__main__ import SEEDS, simulate
from experiments.statistics.page import PAGE, RESULTS, filled
from experiments.statistics.worlds import WORLDS


@pytest.fixture(scope="module")
def stored() -> Any:
    return json.loads(RESULTS.read_text(encoding="utf-8"))


def test_the_page_shows_the_stored_results(stored: Any) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page, stored) == page
    assert stored["seeds"] == SEEDS
    assert list(stored["ratios"]) == [world.name for world in WORLDS]


def test_a_page_without_a_place_is_told() -> None:
    with pytest.raises(ValueError, match="has no place for the tables"):
        filled("# Statistics", {})


@pytest.mark.slow
def test_simulated_again_the_rates_are_where_the_page_has_them(stored: Any) -> None:
    """The same seeds: what differs by more than 5 sweeps in 1,000 is a change of the statistics, not of a library."""
    again: Any = json.loads(json.dumps(simulate()))
    for study in ("ratios", "gone", "fluency", "sets"):
        for name, row in again[study].items():
            assert row == pytest.approx(stored[study][name], abs=0.005), (study, name)
    judged(again)


def test_the_stored_rates_are_what_the_text_claims(stored: Any) -> None:
    judged(stored)


def judged(results: Any) -> None:
    proper = {name: row for name, row in results["ratios"].items() if "taken for" not in name}
    assert all(0.03 <= row["false"] <= 0.07 for row in proper.values())
    assert all(row[of] >= 0.90 for row in proper.values() for of in ("value", "difference", "relative"))
    assert all(0.93 <= proper["100 prompts"][of] <= 0.97 for of in ("value", "difference", "relative"))
    assert results["ratios"]["the same, texts taken for prompts"]["value"] < 0.85
    assert all(row["difference"] >= 0.93 and row["false"] == 0 for row in results["gone"].values())
    assert all(row["shown_at_margin"] <= 0.07 and 0.70 <= row["power"] <= 0.85 for row in results["fluency"].values())
    assert all(row["jackknife"] >= 0.94 and row["bootstrap"] < 0.5 for row in results["sets"].values())
