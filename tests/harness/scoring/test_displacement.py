"""What a ban brings up instead of what it takes away."""

from collections.abc import Callable

import pytest

from harness.scoring.displacement import TOP, displacement
from harness.scoring.log_odds import log_odds
from harness.store.records import Sample

Build = Callable[..., Sample]


def arm(sample: Build, sentence: str, prompts: int = 6) -> list[Sample]:
    return [sample(f"The wind rose. {sentence} Rain fell {'softly ' * i}", f"p{i}") for i in range(prompts)]


def test_the_sibling_cliche_comes_first(sample: Build) -> None:
    """Banned "barely above a whisper" came back as "hushed tones": that is what the table is for."""
    plain = arm(sample, "She spoke barely above a whisper.")
    banned = arm(sample, "She spoke in hushed tones.")
    found = displacement(banned, plain)
    assert {one.ngram for one in found if one.order == 1} == {"hushed", "tones"}
    (pair,) = [one for one in found if one.order == 2 and one.ngram == "hushed tones"]
    assert (pair.count, pair.control_count, pair.prompts) == (6, 0, 6)
    assert {one.ngram for one in found if one.order == 3} == {"spoke hushed tones"}
    assert all(one.z > 0 and one.log_ratio > 0 for one in found)


def test_the_numbers_are_those_of_log_odds(sample: Build) -> None:
    treated = [sample("cold rain", "a"), sample("cold cold snow", "b")]
    control = [sample("rain rain cold", "a"), sample("snow", "b")]
    (first, *_) = displacement(treated, control)
    odds = log_odds({"cold": 3, "rain": 1, "snow": 1}, {"cold": 1, "rain": 2, "snow": 1})["cold"]
    assert (first.ngram, first.log_ratio, first.z) == ("cold", odds.log_ratio, odds.z)


def test_what_stands_in_one_prompt_weighs_as_one_with_the_rest(sample: Build) -> None:
    """Summed up for speed: not a digit of the others may change, whether there is a rest or none."""
    for tail in ("", " fog", " fog mist"):
        treated = [sample("cold cold rain", "a"), sample(f"cold rain{tail}", "b")]
        control = [sample("rain rain cold", "a"), sample("rain", "b")]
        odds = log_odds({"cold": 3, "rain": 2, **dict.fromkeys(tail.split(), 1)}, {"cold": 1, "rain": 3})["cold"]
        (found,) = [one for one in displacement(treated, control) if one.ngram == "cold"]
        assert (found.log_ratio, found.z) == (pytest.approx(odds.log_ratio), pytest.approx(odds.z))


def test_the_same_texts_displace_nothing(sample: Build) -> None:
    texts = arm(sample, "She smiled.")
    assert displacement(texts, texts) == []
    assert displacement([], []) == []


def test_what_one_prompt_asks_for_is_no_habit(sample: Build) -> None:
    treated = [sample("lighthouse " * 9, "p0"), sample("rain fell", "p1"), sample("rain fell", "p2")]
    control = [sample("rain fell", f"p{i}") for i in range(3)]
    assert "lighthouse" not in {one.ngram for one in displacement(treated, control)}


def test_only_prompts_of_both_sides_count(sample: Build) -> None:
    """A job with more prompts would over-use whatever these are about."""
    more = [sample("a ferry came", f"q{i}") for i in range(5)]
    texts = arm(sample, "She smiled.")
    assert displacement([*texts, *more], texts) == []


def test_ngrams_leave_out_stop_words_and_end_with_the_sentence(sample: Build) -> None:
    treated = [sample("A heart of stone. Cold\nrain", f"p{i}") for i in range(3)]
    control = [sample("nothing else mattered", f"p{i}") for i in range(3)]
    assert {one.ngram for one in displacement(treated, control) if one.order == 2} == {"heart stone"}


def test_failed_samples_have_no_text(sample: Build) -> None:
    failed = [sample("odd words", f"p{i}", finish_reason="error") for i in range(3)]
    assert displacement(failed, arm(sample, "She smiled.", 3)) == []


def test_each_order_has_its_own_top(sample: Build) -> None:
    treated = [
        sample(" ".join(f"w{chr(97 + i)}{chr(97 + j)}" for i in range(9) for j in range(9)), f"p{n}") for n in (0, 1)
    ]
    control = [sample("nothing ever mattered", f"p{n}") for n in (0, 1)]
    orders = [one.order for one in displacement(treated, control)]
    assert orders == [1] * TOP + [2] * TOP + [3] * TOP
    assert len(displacement(treated, control, top=3)) == 9
