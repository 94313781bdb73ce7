"""Rows that come and leave between steps, as a server's do: no text tells of it, and every place is given back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampler import Decoding, Generation
from sampler.draw import keyed_draw
from sampler.engine import Engine
from sampler.row import Request, Row
from strategies import AntiSlop, Plain
from tests.models import random_bigram

VOCAB = ["a", " b", " cat", "s", ".", "<eos>"]


@pytest.fixture(scope="module")
def backend():
    return random_bigram(VOCAB, 7, {5})


def request(backend, name: str, length: int = 12) -> Request:
    strategy = (AntiSlop(["cat", "b b"]) if len(name) % 2 else Plain()).bind(backend.vocab)
    return Request(name, backend.vocab.prompt("a"), strategy, Decoding(), length, 20 * length)


def written(engine: Engine) -> dict[str, tuple[int, ...]]:
    """Tokens of the rows that end from now on."""
    done = {}
    while engine.busy:
        for row, _ in engine.step():
            if row.finished:
                done[row.request.id] = Generation.of(row).tokens
    return done


def alone(backend, name: str) -> tuple[int, ...]:
    with Engine(backend, keyed_draw, 1) as engine:
        engine.admit(request(backend, name))
        return written(engine)[name]


@given(
    comes=st.lists(st.integers(0, 6), min_size=1, max_size=8),
    leaves=st.sets(st.integers(0, 7), max_size=4),
    batch_size=st.integers(1, 4),
)
def test_company_that_comes_and_leaves_changes_no_text(
    backend, comes: Sequence[int], leaves: set[int], batch_size: int
) -> None:
    """`comes[i]`: steps made before row i is admitted; rows in `leaves` are dismissed two steps later."""
    names = [f"row{'x' * i}" for i in range(len(comes))]
    done: dict[str, tuple[int, ...]] = {}
    admitted: dict[int, Row] = {}
    with Engine(backend, keyed_draw, batch_size) as engine:
        for step in range(max(comes) + 3):
            for i in (i for i, when in enumerate(comes) if when == step):
                admitted[i] = engine.admit(request(backend, names[i]))
            for i in (i for i, when in enumerate(comes) if when + 2 == step and i in leaves):
                engine.dismiss(admitted[i])
            if engine.busy:
                done |= {row.request.id: Generation.of(row).tokens for row, _ in engine.step() if row.finished}
        done |= written(engine)
    stayed = {name for i, name in enumerate(names) if i not in leaves}
    assert stayed <= done.keys()
    assert done == {name: alone(backend, name) for name in done}
    assert backend.slots.acquire() == 0  # all places were given back
    backend.slots.release(0)


def test_a_dismissed_row_leaves_its_place_to_the_next(backend) -> None:
    with Engine(backend, keyed_draw, 1) as engine:
        first, second = (engine.admit(request(backend, name)) for name in ("first", "second"))
        assert engine.free == 0
        engine.step()
        engine.dismiss(first)
        assert engine.free == 0  # the second waits for it
        (step,) = engine.step()
        assert step.row is second
        engine.dismiss(second)
        engine.dismiss(second)  # no fault: its client may leave as it ends
        assert not engine.busy
        assert engine.free == 1
    assert first.finished is None
