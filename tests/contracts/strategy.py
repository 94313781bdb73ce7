"""What every strategy owes: it is a pure fold, its state is a value, and its chance comes through the View."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, Self

import torch

from sampler import (
    BacktrackSampler,
    ContractError,
    Decision,
    Decoding,
    Generation,
    Prompt,
    Shape,
    Strategy,
    View,
    Vocab,
)
from sampler.backends import ScriptedBackend
from sampler.backends.base import Backend
from sampler.row import Row
from sampler.strategy import adopted
from strategies import Chain, Plain
from tests.writing import picture

IDS = ("x", "y", "z")
OTHER = ScriptedBackend([bytes([byte]) for byte in range(256)], lambda prefix: [0.0] * 256)  # it can spell any text


def check_strategy(
    make: Callable[[], Strategy[Any]],
    backend: Backend,
    prompt: str = "",
    *,
    decoding: Decoding | None = None,
    stop: tuple[str, ...] = (),
    max_new_tokens: int = 16,
    other: Backend = OTHER,
) -> list[Generation]:
    """Raise AssertionError where the strategies that `make` builds break their contract; returns the texts they wrote.

    `other` is a backend of another vocabulary, for which a strategy is bound too.
    """

    def writer(strategy: Strategy[Any], decoding: Decoding | None = decoding, **options: Any) -> BacktrackSampler:
        options = {"max_new_tokens": max_new_tokens, "stop": stop} | options
        return BacktrackSampler(backend, strategy, decoding, **options)

    def texts(writer: BacktrackSampler) -> list[Generation]:
        return _honest(lambda: writer.generate([prompt] * len(IDS), IDS))

    random.seed(1)
    strategy = make()
    done = texts(writer(Watched(strategy)))
    for generation in done:
        _check_books(generation)
    _check_chance(done, lambda: texts(writer(strategy)))
    _check_company(done, lambda name: writer(make()).generate([prompt], [name])[0])
    _check_streams(done, lambda name: writer(strategy).stream(prompt, name))
    bound = writer(strategy)
    adopted(strategy).bind(other.vocab)
    assert _pictures(texts(bound)) == _pictures(done), "bind changes the strategy itself; return a copy"
    _check_chains(done, [texts(writer(Watched(Chain(*parts)))) for parts in ((make(), Plain()), (Plain(), make()))])
    _check_greedy(make(), lambda: texts(writer(make(), Decoding(temperature=0), max_draws=50 * max_new_tokens)))
    return done


class Watched(Strategy[Any]):
    """A strategy under watch: every question is asked twice, first about a copy of the row."""

    def __init__(self, strategy: Strategy[Any]) -> None:
        self._strategy = adopted(strategy)

    def check(self, decoding: Decoding) -> None:
        self._strategy.check(decoding)

    def bind(self, vocab: Vocab) -> Self:
        return type(self)(self._strategy.bind(vocab))

    def init(self, prompt: Prompt) -> Any:
        state = self._strategy.init(prompt)
        assert state == self._strategy.init(prompt), "init: asked twice, it begins with two different states"
        _check_value(state)
        return state

    def shape(self, state: Any, view: View) -> Shape:
        return self._twice("shape", self._strategy.shape, state, view, _shape_picture)

    def step(self, state: Any, view: View) -> tuple[Any, Decision]:
        after, decision = self._twice("step", self._strategy.step, state, view)
        _check_value(after)
        return after, decision

    def exhausted(self, state: Any, view: View) -> tuple[Any, Decision]:
        after, decision = self._twice("exhausted", self._strategy.exhausted, state, view)
        _check_value(after)
        return after, decision

    def _twice(
        self, name: str, ask: Callable[[Any, View], Any], state: Any, view: View, shown: Callable[[Any], Any] = repr
    ) -> Any:
        before, row = _row_picture(view._row), view._row.copy()
        first = ask(state, replace(view, _row=row))
        assert _row_picture(row) == before, f"{name}: it changes the row or its logits"
        answer = ask(state, view)
        assert _row_picture(view._row) == before, f"{name}: it changes the row or its logits"
        assert shown(first) == shown(answer), f"{name}: asked twice, it answers differently: {first}, then {answer}"
        return answer


def _honest(run: Callable[[], list[Generation]]) -> list[Generation]:
    try:
        return run()
    except ContractError as error:
        raise AssertionError(f"it takes back what it called settled, or breaks the engine's rules: {error}") from error


def _check_value(state: Any) -> None:
    assert _is_value(state), f"the state {state!r} can be changed in place; use tuples, frozensets, frozen dataclasses"
    hash(state)


def _is_value(state: Any) -> bool:
    if isinstance(state, tuple | frozenset):
        return all(map(_is_value, state))
    if is_dataclass(state):
        frozen = state.__dataclass_params__.frozen  # type: ignore[union-attr]
        return frozen and all(_is_value(getattr(state, field.name)) for field in fields(state))
    return state is None or isinstance(state, bool | int | float | str | bytes | Enum)


def _shape_picture(shape: Shape) -> Hashable:
    row = None if shape.row is None else tuple(shape.row.tolist())
    return shape.scale, frozenset(shape.bias.items()), row


def _row_picture(row: Row) -> Hashable:
    """Everything of a row that a strategy must leave alone, the numbers of its logits included."""
    logits = tuple((at, held.logits.double().nan_to_num().sum().item()) for at, held in sorted(row.held.items()))
    stacks = (tuple(row.logprobs), tuple(row.text.pieces), tuple(row.attempts), row.drawn, len(row.events))
    return row.fingerprint(), stacks, logits


def _check_books(g: Generation) -> None:
    """The events, the tokens and the cost tell one story."""
    cost = g.cost
    assert len(g.tokens) == len(g.logprobs) == cost.kept, f"{cost.kept} tokens kept, but the text has {len(g.tokens)}"
    assert cost.drawn == cost.kept + cost.discarded, f"drawn {cost.drawn} ≠ kept {cost.kept} + {cost.discarded}"
    assert cost.discarded == sum(event.at - event.to for event in g.events), "the rewinds discard another number"
    assert sum(cost.rewinds.values()) == len(g.events), "the rewinds by reason are not the rewinds"


def _check_chance(done: list[Generation], again: Callable[[], list[Generation]]) -> None:
    """The same keys give the same texts, and no other generator is touched."""
    random.seed(2)
    before = random.getstate(), torch.get_rng_state()
    assert _pictures(again()) == _pictures(done), "the same keys give other texts: memory, or chance of its own"
    assert random.getstate() == before[0], "it draws from the random module; use view.choose"
    assert torch.equal(torch.get_rng_state(), before[1]), "it draws from torch's generator; use view.choose"


def _check_company(done: list[Generation], alone: Callable[[str], Generation]) -> None:
    for want, name in zip(done, IDS, strict=True):
        assert picture(alone(name)) == picture(want), f"row {name!r} alone is not row {name!r} among others"


def _check_streams(done: list[Generation], stream: Callable[[str], Iterator[str]]) -> None:
    """Read side by side, one piece each in turn."""
    streams = {name: (stream(name), list[str]()) for name in IDS}
    unfinished = set(IDS)
    while unfinished:
        for name in sorted(unfinished):
            piece = next(streams[name][0], None)
            if piece is None:
                unfinished.remove(name)
            else:
                streams[name][1].append(piece)
    for want, name in zip(done, IDS, strict=True):
        assert "".join(streams[name][1]) == want.text, f"the pieces of row {name!r} do not join to its text"


def _check_chains(done: list[Generation], chained: list[list[Generation]]) -> None:
    for texts in chained:
        for ours, want in zip(texts, done, strict=True):
            same = (ours.tokens, ours.text, ours.finish_reason) == (want.tokens, want.text, want.finish_reason)
            assert same, f"in a chain with Plain it writes {ours.text!r}, alone {want.text!r}"
            assert ours.events == want.events, "in a chain with Plain it goes back elsewhere than alone"


def _check_greedy(strategy: Strategy[Any], write: Callable[[], list[Generation]]) -> None:
    try:
        adopted(strategy).check(Decoding(temperature=0))
    except ValueError:
        return
    for generation in write():
        assert generation.finish_reason != "budget", "at temperature 0 it goes round for ever; let `check` refuse it"


def _pictures(texts: list[Generation]) -> list[tuple[Any, ...]]:
    return [picture(generation) for generation in texts]
