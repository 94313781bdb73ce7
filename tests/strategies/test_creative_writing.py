"""CreativeWriting: its documented rules, one at a time, by exact enumeration and by hand."""

from __future__ import annotations

import pytest

from sampler import BacktrackSampler, Decoding
from sampler.law import exact_law
from strategies import CreativeWriting
from tests.models import bigram, random_bigram
from tests.writing import write

VOCAB = ["a", "b", "c", "<eos>"]
NEVER_FLAT = {"top_k_threshold_flat": 99}


def test_the_most_probable_token_is_excluded_and_ends_are_penalised():
    backend = bigram(VOCAB, [[0.4, 0.3, 0.2, 0.1]] * 5, {3})
    law = exact_law(backend, CreativeWriting(eos_penalty=0.5, **NEVER_FLAT), max_new_tokens=1)
    weights = {(1,): 0.3, (2,): 0.2, (3,): 0.05}
    assert law.probability == pytest.approx({x: w / 0.55 for x, w in weights.items()})


def test_an_end_that_is_most_probable_is_not_excluded():
    backend = bigram(VOCAB, [[0.2, 0.2, 0.1, 0.5]] * 5, {3})
    law = exact_law(backend, CreativeWriting(eos_penalty=1.0, **NEVER_FLAT), max_new_tokens=1)
    assert law.probability == pytest.approx({(0,): 0.2, (1,): 0.2, (2,): 0.1, (3,): 0.5})
    never = exact_law(backend, CreativeWriting(eos_penalty=0.0, **NEVER_FLAT), max_new_tokens=1)
    assert (3,) not in never.probability


def flat_behind_b():
    """Behind "b" all tokens are alike; elsewhere two of them share nearly everything. "a" is the best first token."""
    peaked = [0.04, 0.30, 0.58, 0.04, 0.04]
    return bigram([*"abcd", "<eos>"], [peaked, [0.2] * 5, peaked, peaked, peaked, [0.6, 0.4, 0, 0, 0]], {4})


FLAT = {"top_p_flat": 0.6, "top_k_threshold_flat": 3}


def test_a_flat_distribution_takes_the_last_detour_back_for_good():
    """Guards: going back by the token just drawn only, and taking the second most probable token there."""
    g = write(flat_behind_b(), CreativeWriting(**FLAT), max_new_tokens=2)
    # "b" instead of "a", and what follows is flat: back, "a" is written; "b" instead of "c" has nothing behind it
    assert [(e.at, e.to, e.why, e.text) for e in g.events] == [(2, 0, "flat", "bb")]
    assert g.text == "ab"


def test_flatness_is_judged_without_the_excluded_token():
    """Of five equal tokens one is excluded; 0.6 of the other four's mass takes three of them."""
    assert write(flat_behind_b(), CreativeWriting(0.6, 3), max_new_tokens=2).events
    assert not write(flat_behind_b(), CreativeWriting(0.6, 4), max_new_tokens=2).events
    assert not write(flat_behind_b(), CreativeWriting(0.5, 3), max_new_tokens=2).events


@pytest.mark.parametrize("seed", range(5))
def test_it_ends_whatever_the_model_is(seed):
    """Everything is flat: every detour is taken back once, and never again under its prefix."""
    backend = random_bigram(VOCAB, seed, {3})
    law = exact_law(backend, CreativeWriting(top_k_threshold_flat=1), max_new_tokens=4, tolerance=0)
    assert law.mass() == pytest.approx(1, abs=1e-12)
    assert law.draws <= 3 * law.kept


def test_18_a_closed_stream_leaves_nothing_behind():
    """The original keeps `_is_flat` and its way back in the strategy object, from one text to the next."""
    sampler = BacktrackSampler(flat_behind_b(), CreativeWriting(**FLAT), Decoding(), max_new_tokens=8, seed=3)
    before = sampler.generate(["", "", ""])
    stream = sampler.stream("")
    next(stream, None)
    stream.close()
    after = sampler.generate(["", "", ""])
    assert [(g.text, g.history) for g in after] == [(g.text, g.history) for g in before]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top_p_flat": 0.0}, r"top_p_flat: 0.0 is outside \(0, 1\]"),
        ({"top_k_threshold_flat": 0}, "top_k_threshold_flat: 0 is below 1"),
        ({"eos_penalty": 1.5}, r"eos_penalty: 1.5 is outside \[0, 1\]"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        CreativeWriting(**options)
