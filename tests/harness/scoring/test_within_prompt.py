"""Variety among the repeats of one prompt: a value per prompt, so prompts can be resampled and arms be paired."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pytest

from harness.scoring import Context, RatioMeasurement, measure
from harness.scoring.measurement import SetMeasurement
from harness.statistics import compare, estimate
from harness.store.records import Sample

Build = Callable[..., Sample]
METRICS = ("self_bleu", "vendi", "distinct_2")


def measured(build: Build, texts: Mapping[str, list[str]]) -> dict[str, RatioMeasurement]:
    samples = [
        build(text, prompt_id=prompt, repeat=repeat)
        for prompt, found in texts.items()
        for repeat, text in enumerate(found)
    ]
    found = measure(samples, Context(), ["within_prompt"])
    assert all(isinstance(value, RatioMeasurement) for value in found.values())
    return {key.removeprefix("within_prompt."): value for key, value in found.items()}  # type: ignore[misc]


def line(start: int, count: int = 50) -> str:
    """`count` words, none of them twice: letters only, as digits are no words."""
    return " ".join(chr(97 + number // 26) + chr(97 + number % 26) for number in range(start, start + count))


def test_self_bleu_by_hand(sample: Build) -> None:
    """Precisions 4/5, 3/4, 2/3, 1/2 both ways, equal lengths: the fourth root of 1/5."""
    found = measured(sample, {"p": ["a b c d e", "a b c d f"]})["self_bleu"]
    assert found.numerator["p"] == pytest.approx(0.2**0.25)
    assert found.denominator == {"p": 1.0}


def test_vendi_by_hand(sample: Build) -> None:
    """Two texts of cosine c have the eigenvalues (1 ± c) / 2. One 4-gram of two is shared, one weighs 1 + ln 1.5."""
    found = measured(sample, {"p": ["abcde", "abcdf"]})["vendi"]
    cosine = 1.0 / (1.0 + (math.log(1.5) + 1.0) ** 2)
    high, low = (1 + cosine) / 2, (1 - cosine) / 2
    assert found.numerator["p"] == pytest.approx(high**-high * low**-low)
    assert found.numerator["p"] == pytest.approx(1.888064, abs=1e-6)


def test_distinct_2_by_hand(sample: Build) -> None:
    """49 pairs each; the last 25 words of one are the first of the other, so 24 pairs are there twice."""
    found = measured(sample, {"p": [line(0), line(25)], "same": [line(0), line(0)], "other": [line(0), line(100)]})
    assert found["distinct_2"].numerator == {
        "p": pytest.approx((98 - 24) / 98),
        "same": pytest.approx(0.5),
        "other": pytest.approx(1.0),
    }


def test_of_one_prompt_it_is_the_number_of_the_set(sample: Build) -> None:
    """The same functions: on one prompt alone the two groups must agree."""
    samples = [sample(line(start), prompt_id="p", repeat=repeat) for repeat, start in enumerate((0, 10, 40))]
    sets = measure(samples, Context(), ["diversity", "diversity_more"])
    within = measured(sample, {"p": [line(0), line(10), line(40)]})
    for name, of_set in zip(
        METRICS, ("diversity.self_bleu", "diversity_more.vendi", "diversity.distinct_2"), strict=True
    ):
        whole = sets[of_set]
        assert isinstance(whole, SetMeasurement)
        assert within[name].numerator["p"] == pytest.approx(whole.value)


def test_other_prompts_do_not_count(sample: Build) -> None:
    """Two prompts with the same pair of texts each: no text has a twin in its own prompt, all have one in the set."""
    pair = [line(0), line(100)]
    found = measured(sample, {"a": pair, "b": pair})
    assert found["distinct_2"].numerator == {"a": 1.0, "b": 1.0}
    assert found["vendi"].numerator["a"] == pytest.approx(2.0)


def test_a_prompt_without_two_texts_is_left_out_and_n_says_so(sample: Build) -> None:
    found = measured(sample, {"a": [line(0), line(25)], "one": [line(0)], "short": [line(0), "a bc"]})
    assert {name: estimate(found[name]).n for name in METRICS} == {"self_bleu": 1, "vendi": 2, "distinct_2": 1}


@pytest.mark.parametrize("name", METRICS)
def test_one_repeat_has_no_value_but_a_reason(sample: Build, name: str) -> None:
    """0 would say that all texts are alike."""
    found = estimate(measured(sample, {"a": [line(0)], "b": [line(5)]})[name])
    assert found.value is None
    assert found.reason is not None
    assert "repeats=2" in found.reason


def test_arms_are_compared_prompt_by_prompt(sample: Build) -> None:
    """Twins in each of eight prompts against pairs that share half: an interval and the smallest exact p."""
    twins = measured(sample, {f"p{index}": [line(index), line(index)] for index in range(8)})
    pairs = measured(sample, {f"p{index}": [line(index), line(index + 25 + index)] for index in range(8)})
    found = compare(twins["distinct_2"], pairs["distinct_2"])
    assert found is not None
    assert found.interval is not None
    assert found.interval.high < 0
    assert found.p == 2 / 2**8


def test_a_failed_repeat_is_no_text(sample: Build) -> None:
    samples = [sample(line(0), prompt_id="p"), sample(line(0), prompt_id="p", repeat=1, finish_reason="error")]
    for found in measure(samples, Context(), ["within_prompt"]).values():
        assert isinstance(found, RatioMeasurement)
        assert found.denominator == {"p": 0.0}
