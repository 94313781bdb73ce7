"""Guards: one talkative prompt that makes a cliché, ratios of the wrong texts, a z that says nothing of the unseen."""

from __future__ import annotations

import math

import pytest

from harness.errors import InputError
from harness.profile.baseline import count_baseline
from harness.profile.corpus import Text
from harness.profile.overuse import Rules, Seen, against, overused, tally, word_count
from harness.scoring.log_odds import log_odds
from tests.harness.profile.writing import HUMAN, MODEL

BASELINE = count_baseline("people", HUMAN)


def test_repeats_of_a_prompt_count_once_for_the_spread() -> None:
    texts = [Text("a", "Elara ran. Elara slept."), Text("a", "Elara"), Text("b", "Elara")]
    assert tally(texts, 1)["elara"] == Seen(count=4, prompts=2)


def test_what_the_model_adds_is_found_and_what_people_say_is_not() -> None:
    found = overused(tally(MODEL, 1), 1, word_count(MODEL), BASELINE, Rules())
    assert {use.ngram for use in found} == {"skipped", "beat", "elara", "said", "testament"}
    assert [use.z for use in found] == sorted((use.z for use in found), reverse=True)


def test_the_numbers_of_an_ngram_by_hand() -> None:
    total = word_count(MODEL)
    (skipped,) = (use for use in overused(tally(MODEL, 1), 1, total, BASELINE, Rules()) if use.ngram == "skipped")
    assert (skipped.count, skipped.prompts, skipped.is_unseen) == (36, 18, True)
    assert skipped.rate == pytest.approx(1000 * 36 / total)
    assert skipped.ratio == pytest.approx((36 / total) / (0.5 / BASELINE.words))
    ours, theirs = tally(MODEL, 1), BASELINE.counts[1]
    unseen = sum(ngram not in theirs for ngram in ours)
    prior = sum(theirs.values()) + 0.5 * unseen
    n_ours, n_theirs = sum(seen.count for seen in ours.values()), sum(theirs.values())
    delta = math.log(36.5 / (n_ours + prior - 36.5)) - math.log(0.5 / (n_theirs + prior - 0.5))
    assert skipped.z == pytest.approx(delta / math.sqrt(1 / 36.5 + 1 / 0.5))


def test_a_light_prior_would_never_be_sure_of_what_no_human_said() -> None:
    """Why the prior is as heavy as the baseline: 200 occurrences against none are no accident."""
    ours = {"skipped": 200, "dog": 9_800}
    theirs = count_baseline("people", ["dog"] * 400_000)
    light = log_odds(ours, theirs.counts[1], {"dog": 400_000, "skipped": 0.5}, a0=1000)
    assert light["skipped"].z < 1 < 3 < against(theirs, 1, ours)["skipped"].z


def test_what_a_short_baseline_leaves_out_still_counts_as_human_text() -> None:
    ours = {ngram: seen.count for ngram, seen in tally(MODEL, 1).items()}
    full, short = against(BASELINE, 1, ours), against(count_baseline("short", HUMAN, min_count=21), 1, ours)
    assert short["dog"].z == pytest.approx(full["dog"].z, abs=0.15)


def test_ngrams_of_few_prompts_are_left_out() -> None:
    assert not overused(tally(MODEL[:4], 1), 1, word_count(MODEL[:4]), BASELINE, Rules())


@pytest.mark.parametrize("wrong", [{"min_prompts": 0}, {"top": 0}, {"min_ratio": 0.5}, {"min_z": math.nan}])
def test_rules_that_cannot_be(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="must be 1 or above"):
        Rules(**wrong)  # type: ignore[arg-type]
