"""Draws made together are the draws made one by one, whatever stands beside them."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sampler import Decoding
from sampler.decision import NOTHING, Shape
from sampler.draw import Key, keyed_draw
from sampler.drawing import Drawn, Want, draw_all
from sampler.logits import LogitsRow

V = 6
DECODINGS = [Decoding(), Decoding(0.7), Decoding(0), Decoding(top_k=3), Decoding(1.5, top_p=0.8, min_p=0.05)]
NATS = st.sampled_from([-math.inf, -1.5, 0.75])
BIASES = st.dictionaries(st.integers(0, V - 1), NATS, max_size=3)
ROWS = st.lists(st.sampled_from([-math.inf, -3.0, 0.0, 0.25, 2.0]), min_size=V, max_size=V).filter(
    lambda row: max(row) > -math.inf
)
SHAPES = st.builds(
    Shape,
    st.sampled_from([1.0, 0.5, 2.0]),
    BIASES | st.just(NOTHING),
    st.none() | ROWS.map(lambda row: torch.tensor(row, dtype=torch.float64)),
)


def want(logits, decoding, shape=None, bans=(), id="0"):
    row = LogitsRow(torch.tensor(logits, dtype=torch.float32))
    return Want(row, decoding, Key(0, id, 0, 0), **({} if shape is None else {"shape": shape}), bans=tuple(bans))


WANTS = st.builds(
    want, ROWS, st.sampled_from(DECODINGS), st.none() | SHAPES, BIASES.map(dict.items), st.text("ab", max_size=3)
)


def same(a: Drawn, b: Drawn) -> None:
    assert a.token == b.token
    assert (a.logprob, a.log_z, a.ban_nats) == pytest.approx((b.logprob, b.log_z, b.ban_nats), abs=1e-12, nan_ok=True)


@given(st.lists(WANTS, min_size=1, max_size=7))
def test_company_changes_no_draw(wants):
    """Guards: one row's shape, bias, temperature or ban given to another; rows handed back in another order."""
    for together, want in zip(draw_all(wants, keyed_draw), wants, strict=True):
        same(together, draw_all([want], keyed_draw)[0])


@given(st.lists(WANTS, min_size=1, max_size=7))
def test_an_injected_draw_is_given_the_law_that_the_batch_draws_from(wants):
    """Guards: an enumeration of `advance` that walks another law than the sampler's own draws have."""
    alone = draw_all(wants, lambda probs, key: keyed_draw(probs, key))
    for a, b in zip(alone, draw_all(wants, keyed_draw), strict=True):
        assert a.token == b.token
        assert a.token is None or a.logprob == b.logprob


@given(ROWS, st.sampled_from([1.0, 0.7]), st.none() | SHAPES, BIASES)
def test_the_law_of_a_draw_is_its_definition(logits, temperature, shape, bans):
    """softmax((logits / T, or the shape's row) * scale + biases), written out with no help from the sampler."""
    seen = []

    def draw(probs, key):
        seen.append(probs)
        return int(probs.argmax())

    drawn = draw_all([want(logits, Decoding(temperature), shape, bans.items())], draw)[0]
    shape = shape or Shape()
    base = torch.tensor(logits, dtype=torch.float64) / temperature if shape.row is None else shape.row
    scores = (base * shape.scale).tolist()
    for token, nats in [*shape.bias.items(), *bans.items()]:
        scores[token] += nats
    if max(scores) == -math.inf:
        assert (drawn.token, seen) == (None, [])
        return
    masses = [math.exp(score) for score in scores]
    assert seen[0].tolist() == pytest.approx([mass / sum(masses) for mass in masses])


def test_a_row_that_is_no_distribution_says_so_and_spoils_no_other():
    rows = [[math.nan] + [0.0] * 5, [math.inf] + [0.0] * 5, [-math.inf] * 6, [0.0] * 6]
    drawn = draw_all([want(row, Decoding()) for row in rows], keyed_draw)
    assert [math.isfinite(each.log_z) for each in drawn] == [False, False, False, True]
    assert drawn[3].logprob == pytest.approx(-math.log(6))
