"""Rows whose texts are no samples of a law say so under the table."""

from __future__ import annotations

from pathlib import Path

from harness.report.cut_short import MOST_NAMED
from harness.report.findings import read_findings
from harness.store.records import Sample
from tests.harness.report.conftest import Folder, text_sample


def samples(*endings: str) -> list[Sample]:
    return [text_sample(f"p{index}", "rain fell", finish_reason=why) for index, why in enumerate(endings)]


def caption(folder: Path) -> str:
    return read_findings(folder).table.caption


def test_shares_are_named_largest_first_and_other_rows_are_not(sweep_folder: Folder) -> None:
    """Guards: a row of a few easy texts that reads like one of all."""
    folder = sweep_folder(
        ("plain", samples("eos", "length", "stop", "eos"), {}),
        ("antislop", samples("eos", "eos", "exhausted", "eos"), {}),
        ("rejection", samples("budget", "eos", "budget", "budget"), {}),
    )
    assert "strategy's law, and are counted as they are: rejection (tiny, temperature 1.0) 75%; antislop" in caption(
        folder
    )
    assert "plain (" not in caption(folder)


def test_where_all_texts_ended_well_nothing_is_said(sweep_folder: Folder) -> None:
    folder = sweep_folder(("plain", samples("eos", "length"), {}), ("antislop", samples("stop", "eos"), {}))
    assert "draws ran out" not in caption(folder)


def test_many_rows_are_counted(sweep_folder: Folder) -> None:
    arms = [(f"strategy_{index}", samples("budget"), {}) for index in range(MOST_NAMED + 2)]
    assert "; and 2 more rows." in caption(sweep_folder(*arms))
