"""Mass that goes round is solved for, and rows that differ in what is never read again are one place."""

from __future__ import annotations

import pytest

from harness.oracle.places import walk_place
from sampler.circling import expected_visits, reached, with_way_out
from sampler.law import exact_law
from strategies import VGB
from tests.models import random_bigram, total_variation
from tests.strategies.test_vgb import BANNED, END, LENGTH, VOCAB, law_of_the_chain


@pytest.mark.parametrize("steps", [1, 2, 3, 8])
def test_the_walked_law_is_the_chains(steps: int) -> None:
    """A place merged too far, or mass lost in the linear system, shows as a wrong probability."""
    backend = random_bigram(VOCAB, 3, {END})
    strategy = VGB(BANNED, whole_words=False, steps=steps)
    law = exact_law(backend, strategy, max_new_tokens=LENGTH, tolerance=1e-12, place_of=walk_place)
    assert law.residual <= 1e-12
    assert law.mass() == pytest.approx(1, abs=1e-11)
    assert total_variation(law.probability, law_of_the_chain(backend, steps)) < 1e-10


def test_visits_of_a_place_that_returns_are_a_geometric_series() -> None:
    steps = {0: {0: 0.75, 1: 0.25}, 1: {0: 0.5}}
    visits = expected_visits({0: 1.0}, steps, {0, 1})
    assert visits == pytest.approx({0: 8.0, 1: 2.0})


def test_what_has_no_way_out_is_told_apart() -> None:
    """Place 2 keeps its mass for ever: in the system it would be a division by zero."""
    steps = {0: {1: 0.5, 2: 0.5}, 1: {}, 2: {2: 1.0}, 3: {0: 1.0}}
    places = reached({0: 1.0}, steps)
    assert places == {0, 1, 2}
    assert with_way_out(places, steps, {1}) == {0, 1}
