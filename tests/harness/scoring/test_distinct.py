"""distinct-n without each prompt, against the number itself computed on the texts that are left."""

import random
from collections.abc import Callable

import pytest

from harness.scoring.distinct import DISTINCT_WORDS, distinct
from harness.scoring.words import words
from harness.statistics import estimate
from harness.store.records import Sample

Build = Callable[..., Sample]


def of(texts: list[Sample], n: int = 2) -> tuple[float | None, tuple[float, ...]]:
    found = distinct(texts, [words(text.text) for text in texts], n)
    return found.value, found.leave_one_out


@pytest.fixture
def texts(sample: Build) -> list[Sample]:
    """Five prompts, the last with two texts and the fourth too short to count."""
    generator = random.Random(1)
    vocabulary = ["one", "two", "three", "four", "five", "six", "seven"]
    lengths = [("a", 60), ("b", 60), ("c", 60), ("d", DISTINCT_WORDS - 1), ("e", 60), ("e", 60)]
    return [
        sample(
            " ".join(generator.choices(vocabulary, k=length)),
            prompt,
            repeat,
        )
        for repeat, (prompt, length) in enumerate(lengths)
    ]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_leaving_a_prompt_out_is_computing_without_it(texts: list[Sample], n: int) -> None:
    """With all of its repeats; n-grams that it alone had must go, shared ones stay."""
    recomputed = [of([text for text in texts if text.prompt_id != left_out], n)[0] for left_out in "abce"]
    assert of(texts, n)[1] == pytest.approx(recomputed)


def test_the_interval_is_around_the_value(texts: list[Sample]) -> None:
    found = estimate(distinct(texts, [words(text.text) for text in texts], 2))
    assert found.value is not None
    assert found.interval is not None
    assert found.interval.low < found.value < found.interval.high
    assert found.interval.method == "jackknife"


def test_one_prompt_has_no_interval(texts: list[Sample]) -> None:
    assert of(texts[-2:])[1] == ()
