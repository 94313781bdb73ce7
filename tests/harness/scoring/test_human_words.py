"""Words against people's frequencies, with numbers that can be worked out and with the package's own."""

import sys
from collections.abc import Callable

import pytest

from harness.scoring import Context, measure, summarise
from harness.scoring.human_words import HUMAN_WORDS, overused_words
from harness.scoring.log_odds import log_odds
from harness.store.records import Sample

Build = Callable[..., Sample]


def habit(sample: Build, word: str, prompts: int = 3) -> list[Sample]:
    return [sample(f"The {word} and the {word}, {word} house", f"p{i}") for i in range(prompts)]


def test_by_hand(sample: Build) -> None:
    """Nine of 21 words are "tapestry", at a human frequency of one in a million."""
    texts = habit(sample, "tapestry")
    human = {"the": 0.05, "and": 0.03, "house": 2e-4, "tapestry": 1e-6}
    (found,) = [one for one in overused_words(texts, human) if one.word == "tapestry"]
    assert found.count == 9
    assert found.ratio == pytest.approx(9 / 21 / 1e-6)
    rest = 1 - sum(human.values())
    prior = {**human, "": rest}
    here = {"the": 6, "and": 3, "house": 3, "tapestry": 9, "": 0}
    odds = log_odds(here, {word: share * HUMAN_WORDS for word, share in prior.items()}, prior)
    assert found.z == pytest.approx(odds["tapestry"].z)


@pytest.mark.parametrize(
    ("word", "prompts", "frequency"),
    [("cat", 3, 1e-6), ("tapestry", 1, 1e-6), ("tapestry", 3, 0.0), ("wasn't", 3, 1e-6), ("tapestry", 3, 0.9)],
    ids=["short", "one prompt", "unknown", "function word", "people say it more"],
)
def test_what_is_no_habit(sample: Build, word: str, prompts: int, frequency: float) -> None:
    human = {"the": 0.05, "and": 0.03, "house": 0.001, word: frequency}
    assert word not in {one.word for one in overused_words(habit(sample, word, prompts), human)}


def test_a_word_seen_five_times_is_no_habit(sample: Build) -> None:
    texts = [sample("tapestry tapestry tapestry", "a"), sample("tapestry tapestry", "b")]
    assert overused_words(texts, {"tapestry": 1e-6}) == []


def test_the_packages_own_numbers(sample: Build) -> None:
    """9 of 18 words; the package has 1.2e-6 for "meticulously"."""
    word_frequency = pytest.importorskip("wordfreq").word_frequency
    texts = [sample("meticulously " * 3 + "the of and", f"p{i}") for i in range(3)]
    found = summarise(measure(texts, Context(), ["human_words"]))["human_words"]
    assert found["overused_share"]["value"] == pytest.approx(0.5)
    assert found["overused_ratio"]["value"] == pytest.approx(0.5 / word_frequency("meticulously", "en"))
    assert found["unknown_share"]["value"] == 0.0


def test_names_nobody_knows_are_counted_apart(sample: Build) -> None:
    pytest.importorskip("wordfreq")
    found = measure([sample("Zzqxvw came home today")], Context(), ["human_words"])["human_words.unknown_share"]
    assert found.numerator == {"p": 1}  # type: ignore[union-attr]


def test_without_the_package_there_is_a_reason(sample: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wordfreq", None)
    found = summarise(measure(habit(sample, "tapestry"), Context(), ["human_words"]))["human_words"]
    assert {(entry["value"], entry["reason"]) for entry in found.values()} == {(None, "wordfreq is not installed")}
