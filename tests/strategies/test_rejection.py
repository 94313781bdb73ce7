"""Rejection draws the exact conditional, and its price is 1/Z."""

from __future__ import annotations

import re

import pytest

from sampler import Decoding
from sampler.law import exact_law
from strategies import Rejection
from tests.models import all_texts, random_bigram, text_of, total_variation

VOCAB = ["a", "b", "c", "<eos>"]
LENGTH = 3


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("phrases", "regexes"), [(["ab", "cc"], []), ([], ["a.?b"]), (["cc"], ["^b", "a.?b"])])
def test_the_law_is_the_model_conditioned_on_clean_texts(seed, phrases, regexes):
    backend = random_bigram(VOCAB, seed, {3})
    plain = all_texts(backend, LENGTH)
    rules = [re.escape(phrase) for phrase in phrases] + regexes
    clean = {x: p for x, p in plain.items() if not any(re.search(rule, text_of(backend, x)) for rule in rules)}
    z = sum(clean.values())
    law = exact_law(backend, Rejection(phrases, regexes, whole_words=False), max_new_tokens=LENGTH)
    assert total_variation(law.probability, {x: p / z for x, p in clean.items()}) < 1e-11


def test_the_price_is_one_over_z_texts():
    """A text of length 1 costs one draw, so the draws are geometric with mean 1/Z."""
    backend = random_bigram(VOCAB, 4, {3})
    z = sum(p for x, p in all_texts(backend, 1).items() if x != (0,))
    law = exact_law(backend, Rejection(["a"], whole_words=False), max_new_tokens=1)
    assert law.draws == pytest.approx(1 / z, abs=1e-9)


def test_greedy_rejection_is_refused():
    with pytest.raises(ValueError, match="the same token for ever"):
        Rejection(["a"]).check(Decoding(temperature=0))
