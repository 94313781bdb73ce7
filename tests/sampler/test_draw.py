"""Keyed draws: pure functions of their key, fair, and never impossible."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from sampler.draw import Key, keyed_draw, uniform


def test_a_key_gives_the_same_number_for_ever():
    """Guards saved runs: a change of the generator must be a change of the engine's version."""
    assert uniform(Key(0, "p1#0", 0, 0)) == 0.5223412143155514
    assert uniform(Key(0, "p1#0", 0, 1)) != uniform(Key(0, "p1#0", 0, 0))


def test_every_part_of_the_key_matters():
    base = Key(0, "a", 0, 0, 0)
    others = [base._replace(**{name: 1}) for name in ("seed", "position", "attempt", "nth")]
    keys = [base, base._replace(id="b"), *others]
    assert len({uniform(key) for key in keys}) == len(keys)


def test_frequencies_are_the_probabilities():
    """p-value of a fixed set of 20,000 keys: this test cannot fail by luck, only by a change."""
    probs = torch.tensor([0.5, 0.0, 0.3, 0.15, 0.05], dtype=torch.float64)
    counts = torch.zeros(5)
    for i in range(20_000):
        counts[keyed_draw(probs, Key(3, "row", i % 100, i // 100))] += 1
    assert counts[1] == 0
    kept = probs > 0
    assert chisquare(counts[kept].numpy(), (probs[kept] * 20_000).numpy()).pvalue > 0.01


@given(st.lists(st.sampled_from([0.0, 1e-300, 1e-17, 0.1, 1.0]), min_size=1, max_size=8).filter(any), st.integers())
def test_an_impossible_token_is_never_drawn(weights, seed):
    probs = torch.tensor(weights, dtype=torch.float64)
    assert weights[keyed_draw(probs, Key(seed, "x", 0, 0))] > 0


@given(st.lists(st.floats(2.0**-60, 1.0), min_size=1, max_size=8))
def test_the_largest_number_of_all_draws_the_last_positive_index(weights):
    """Guards: a target that rounds up to the whole, above which no index is left but one of weight 0."""
    probs = torch.tensor([*weights, 0.0, 0.0], dtype=torch.float64)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sampler.draw.uniform", lambda key: 1 - 2.0**-53)
        assert probs[keyed_draw(probs, Key(0, "x", 0, 0))] > 0


def test_no_number_is_above_the_largest(monkeypatch):
    """`uniform` has 53 random bits: all of them set is the number before 1."""
    monkeypatch.setattr("sampler.draw.blake2b", lambda data, digest_size: SimpleNamespace(digest=lambda: b"\xff" * 8))
    assert uniform(Key(0, "x", 0, 0)) == math.nextafter(1, 0) == 1 - 2.0**-53
