"""Guards: infinite ratios, short files that make everything over-used, files changed by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.profile.baseline import count_baseline, load_baseline, save_baseline
from harness.profile.overuse import Rules, overused, tally
from tests.harness.profile.writing import HUMAN, MODEL

SOME = ["The old dog slept. The old dog barked.", "A cat slept."]


def test_what_is_saved_is_what_was_counted(tmp_path: Path) -> None:
    baseline = count_baseline("some", SOME, min_count=2)
    assert baseline.counts == {1: {"dog": 2, "old": 2, "slept": 2}, 2: {"old dog": 2}, 3: {}}
    assert baseline.totals == {1: 8, 2: 5, 3: 2}
    assert (baseline.texts, baseline.words) == (2, 11)
    save_baseline(baseline, tmp_path / "some.json")
    assert load_baseline(str(tmp_path / "some.json")) == baseline


def test_texts_themselves_are_a_baseline(tmp_path: Path) -> None:
    for number, text in enumerate(SOME):
        (tmp_path / f"{number}.txt").write_text(text)
    counted = load_baseline(str(tmp_path))
    assert counted.digest == count_baseline("another name", SOME).digest
    assert counted.counts[2]["cat slept"] == 1


@pytest.mark.parametrize("least", [1, 2, 5])
def test_what_is_unseen_counts_half_an_occurrence_less_than_what_would_be_listed(least: int) -> None:
    baseline = count_baseline("some", SOME, min_count=least)
    assert baseline.count(2, "never written") == least - 0.5


def test_no_ratio_grows_because_the_file_is_short() -> None:
    """Guards a table of the top 200: what it lacks was not "absent in human"."""
    seen, rules = tally(MODEL, 2), Rules(min_prompts=1, min_ratio=1, min_z=-1000)
    full = {use.ngram: use.ratio for use in overused(seen, 2, 900, count_baseline("full", HUMAN), rules)}
    short = {use.ngram: use.ratio for use in overused(seen, 2, 900, count_baseline("short", HUMAN, min_count=4), rules)}
    assert short
    assert all(ratio <= full[ngram] for ngram, ratio in short.items())


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("words", 12, "not those of its digest"),
        ("schema", 99, "is of schema 99, this program reads 1"),
        ("stop_words", "other", "stop_words 'other'"),
        ("ngrams", {}, "lacks '1'"),
    ],
)
def test_another_files_numbers_are_refused(tmp_path: Path, field: str, value: object, says: str) -> None:
    path = tmp_path / "some.json"
    save_baseline(count_baseline("some", SOME), path)
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(InputError, match=says):
        load_baseline(str(path))
