"""Rates that neighbours publish, by their rule: words are compared, not text."""

from collections.abc import Callable

import pytest

from harness.scoring import Context, RatioMeasurement, measure
from harness.scoring.phrase_counter import Hit
from harness.scoring.slop import stretches
from harness.scoring.words import ENGLISH, content_words, words
from harness.store.records import Sample
from strategies import stop_words

Build = Callable[..., Sample]


def rates(sample: Sample, **lists: tuple[str, ...]) -> dict[str, float]:
    """Metric → hits, which for one prompt is the numerator."""
    measured = measure([sample], Context(**lists), ["slop_score"])
    assert all(isinstance(value, RatioMeasurement) for value in measured.values())
    return {key.removeprefix("slop_score."): value.numerator["p"] for key, value in measured.items()}  # type: ignore[union-attr]


def test_words_are_compared_not_text(sample: Build) -> None:
    """ "Moon's" and "moonlit" are other words, "half-moon" is two; the phrase search of `slop` counts the first too."""
    text = sample("Moon! The moon's half-moon, moonlit MOON.")
    assert rates(text, phrases=("moon",)) == {
        "words_per_1k_words": 3,
        "forensics_index": 3,
        "contrast_per_1k_chars": 0,
    }
    (slop,) = (measure([text], Context(phrases=("moon",)))[name] for name in ["slop.hits_per_1k_words"])
    assert slop.numerator == {"p": 4}  # type: ignore[union-attr]


def test_a_trigram_may_stand_across_punctuation(sample: Build) -> None:
    """The published trigram rate counts so; searched as text, a third of its hits would be missed."""
    found = rates(
        sample("Her voice. Barely whisper; her voice was barely a whisper."), trigrams=("voice barely whisper",)
    )
    assert found["trigrams_per_1k_words"] == 1
    assert found["content_trigrams_per_1k_words"] == 2
    assert found["forensics_index"] == 8


def test_the_index_weighs_longer_entries(sample: Build) -> None:
    """1 word + 2 · 1 bigram + 8 · 1 trigram; they overlap, and each counts."""
    found = rates(sample("a cold dark night"), phrases=("cold", "cold dark", "cold dark night", "a b c d"))
    assert found["forensics_index"] == 1 + 2 + 8


def test_no_entry_of_a_length_no_metric(sample: Build) -> None:
    assert set(rates(sample("x"), trigrams=("a b c",))) == {
        "trigrams_per_1k_words",
        "content_trigrams_per_1k_words",
        "forensics_index",
        "contrast_per_1k_chars",
    }
    assert rates(sample("x")) == {"contrast_per_1k_chars": 0}


def test_the_group_is_asked_for() -> None:
    assert not any(name.startswith("slop_score.") for name in measure([], Context(phrases=("a",))))


def test_stop_words_are_those_of_the_strategies() -> None:
    """A list of its own would count n-grams that NGramBan cannot ban, and miss some that it can."""
    assert ENGLISH == stop_words.ENGLISH


def test_contractions_of_function_words_are_function_words() -> None:
    assert content_words(words("It's the cat that couldn't, don't you know? O'Neill knows.")) == [
        "cat",
        "couldn't",
        "know",
        "o'neill",
        "knows",
    ]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [([], 0), ([(0, 5), (0, 3)], 1), ([(4, 9), (0, 5)], 1), ([(0, 5), (5, 9)], 2), ([(0, 9), (1, 2), (3, 4)], 1)],
)
def test_what_overlaps_is_one_stretch(spans: list[tuple[int, int]], expected: int) -> None:
    """ "not just rain, but" is found by three patterns: three hits would triple the rate."""
    assert stretches(Hit(start, end, "") for start, end in spans) == expected


def test_contrast_needs_no_list(sample: Build) -> None:
    measured = measure([sample("It was not just rain, but snow. It wasn't cold. It was dark.")], Context(), ["slop"])
    assert set(measured) == {"slop.contrast_per_1k_words", "slop.contrast_per_1k_chars"}
    assert all(value.numerator == {"p": 2} for value in measured.values())  # type: ignore[union-attr]
