"""Truncation against the transformers library's own processors, and its edges."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import MinPLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from sampler import Decoding
from sampler.decoding import restricted, weights

# fifths, so that no two scores become equal probabilities: the library keeps ties, we keep exactly as many as asked
SCORES = st.lists(st.integers(-40, 40).map(lambda n: n / 5), min_size=2, max_size=12, unique=True)


def probabilities(scores, decoding):
    """Of rows [B, V]: the sampler's weights, normalised."""
    found = restricted(weights(torch.tensor(scores, dtype=torch.float64))[0], decoding)
    return found / found.sum(-1, keepdim=True)


def reference(scores, decoding):
    """The same order, by the library's processors on float64."""
    row = torch.tensor([scores], dtype=torch.float64)
    if decoding.min_p > 0:
        row = MinPLogitsWarper(decoding.min_p)(None, row)
    if decoding.top_k > 0:
        row = TopKLogitsWarper(decoding.top_k)(None, row)
    if decoding.top_p < 1:
        row = TopPLogitsWarper(decoding.top_p)(None, row)
    return row.softmax(-1)[0]


@given(SCORES, st.integers(0, 5), st.sampled_from([1.0, 0.9, 0.51, 0.1]), st.sampled_from([0.0, 0.05, 0.3]))
def test_truncation_equals_the_librarys(scores, top_k, top_p, min_p):
    decoding = Decoding(top_k=top_k, top_p=top_p, min_p=min_p)
    got = probabilities([scores], decoding)[0]
    torch.testing.assert_close(got, reference(scores, decoding), atol=1e-9, rtol=0)


@given(
    st.integers(2, 8).flatmap(lambda n: st.lists(st.lists(st.integers(-9, 9), min_size=n, max_size=n), min_size=2)),
    st.integers(0, 5),
    st.sampled_from([1.0, 0.9, 0.3]),
    st.sampled_from([0.0, 0.1]),
    st.sampled_from([0.0, 1.0]),
)
def test_a_row_is_restricted_as_if_it_were_alone(rows, top_k, top_p, min_p, temperature):
    """Guards: a threshold of one row taken for another's. Ties included."""
    decoding = Decoding(temperature, top_k=top_k, top_p=top_p, min_p=min_p)
    together = probabilities(rows, decoding)
    assert together.tolist() == [probabilities([row], decoding)[0].tolist() for row in rows]


@pytest.mark.parametrize("decoding", [Decoding(top_k=2), Decoding(top_p=0.5)])
def test_ties_leave_exactly_as_many_as_asked(decoding):
    assert probabilities([[0.0] * 4], decoding).tolist() == [[0.5, 0.5, 0.0, 0.0]]


def test_greedy_takes_the_first_of_the_largest():
    assert probabilities([[0.0, 2.0, 2.0]], Decoding(temperature=0)).tolist() == [[0, 1, 0]]


@pytest.mark.parametrize("decoding", [Decoding(), Decoding(temperature=0), Decoding(top_k=1)])
def test_nothing_left_is_no_weight_and_spoils_no_other_row(decoding):
    found = restricted(weights(torch.tensor([[-torch.inf] * 3, [0.0, 1.0, 0.0]], dtype=torch.float64))[0], decoding)
    assert [left > 0 for left in found.sum(-1).tolist()] == [False, True]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -0.1}, "decoding.temperature: -0.1 is negative"),
        ({"temperature": float("nan")}, "decoding.temperature: nan is not a finite number"),
        ({"temperature": "hot"}, "decoding.temperature: 'hot' is not a finite number"),
        ({"top_p": 0.0}, r"decoding.top_p: 0.0 is outside \(0, 1\]"),
        ({"top_p": 1.1}, r"decoding.top_p: 1.1 is outside \(0, 1\]"),
        ({"min_p": -1.0}, r"decoding.min_p: -1.0 is outside \[0, 1\]"),
        ({"top_k": -1}, "decoding.top_k: -1 is negative"),
        ({"top_k": 1.5}, "decoding.top_k: 1.5 is not an integer"),
    ],
)
def test_wrong_settings_name_field_and_value(options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Decoding(**options)
