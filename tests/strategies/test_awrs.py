"""AWRS draws the local mask, and its weights are unbiased: both by walking every outcome."""

from __future__ import annotations

from collections import defaultdict
from math import exp

import pytest

from sampler import BacktrackSampler, Decoding
from sampler.law import exact_law
from strategies import AWRS, AntiSlop
from tests.models import all_texts, random_bigram, text_of, total_variation
from tests.strategies.walked import finished_rows

VOCAB = ["a", "b", "c", "<eos>"]
BANNED = ["ab", "bca", "cc"]
LENGTH = 3


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_its_law_is_the_local_mask(seed):
    backend = random_bigram(VOCAB, seed, {3})
    law = exact_law(backend, AWRS(BANNED, whole_words=False), max_new_tokens=LENGTH)
    mask = exact_law(backend, AntiSlop(BANNED, whole_words=False, rewind_to="token"), max_new_tokens=LENGTH)
    assert total_variation(law.probability, mask.probability) < 1e-12


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_weighted_text_has_the_models_probability(seed):
    """E[weight · 1{x}] = p(x) for every clean x, and so E[weight] = Z."""
    backend = random_bigram(VOCAB, seed, {3})
    weighted = defaultdict(float)
    for row, mass in finished_rows(backend, AWRS(BANNED, whole_words=False), LENGTH):
        weighted[tuple(row.tokens)] += mass * exp(row.states[-1].log_weight)
    clean = {x: p for x, p in all_texts(backend, LENGTH).items() if not any(b in text_of(backend, x) for b in BANNED)}
    assert weighted == pytest.approx(clean, abs=1e-12)


def test_a_dead_end_weighs_nothing():
    """Behind "a" everything is banned: those rows end exhausted, and the others' weights still have the mean Z."""
    backend = random_bigram(["a", "b"], 1)
    ended, z = 0.0, 0.0
    for row, mass in finished_rows(backend, AWRS(["aa", "ab"], whole_words=False), 2):
        if row.finished.reason == "exhausted":
            ended += mass
        else:
            z += mass * exp(row.states[-1].log_weight)
    clean = sum(p for x, p in all_texts(backend, 2).items() if text_of(backend, x) not in ("aa", "ab"))
    assert ended > 0.1
    assert z == pytest.approx(clean, abs=1e-12)


def test_the_weight_is_said_at_the_end():
    sampler = BacktrackSampler(random_bigram(VOCAB, 1, {3}), AWRS(BANNED, whole_words=False), max_new_tokens=6)
    out = sampler.generate([""])[0]
    assert out.notes[-1].note == f"log weight {out.state.log_weight:.4f}"
    assert out.state.log_weight < 0


@pytest.mark.parametrize("decoding", [Decoding(temperature=0), Decoding(top_k=2), Decoding(min_p=0.1)])
def test_what_has_no_weight_is_refused(decoding):
    with pytest.raises(ValueError, match="AWRS weighs draws"):
        AWRS(["a"]).check(decoding)
