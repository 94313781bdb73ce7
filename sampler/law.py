"""The exact law of a strategy on a small model: every draw is walked, none is sampled.

Mass is propagated over rows; rows in the same place (equal `fingerprint`) are merged, so that strategies which go
back and try again stay finite. It runs the real engine (`advance`) through its injected draw: stale bans, boundary
faults or a misused generator show up as wrong probabilities, without any noise.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from sampler.advance import advance
from sampler.backends.base import Backend, Extend
from sampler.decoding import Decoding
from sampler.draw import Key
from sampler.generation import Generation
from sampler.row import Request, Row
from sampler.strategy import Strategy
from sampler.vocab import Tokens


@dataclass(frozen=True)
class Law:
    """A distribution over finished texts, by kept tokens. `residual` mass was still being written: TV error <= it."""

    probability: dict[Tokens, float]
    finished: dict[Tokens, Generation]  # one text that ended with these tokens
    residual: float
    draws: float  # expected
    kept: float  # expected

    def mass(self) -> float:
        return sum(self.probability.values())


def exact_law(
    backend: Backend,
    strategy: Strategy[Any],
    prompt: str | Tokens = "",
    decoding: Decoding | None = None,
    *,
    max_new_tokens: int,
    stop: tuple[str, ...] = (),
    tolerance: float = 1e-13,
    max_draws: int = 1 << 30,
) -> Law:
    """Walk every outcome of every draw until at most `tolerance` of the mass is unfinished."""
    decoding = decoding or Decoding()
    strategy.check(decoding)
    encoded = backend.vocab.prompt(prompt)
    request = Request("law", encoded, strategy.bind(backend.vocab), decoding, max_new_tokens, max_draws, stop)
    alive: dict[Hashable, tuple[Row, float]] = {}
    _add(alive, Row(request, backend.vocab), 1.0)
    probability: dict[Tokens, float] = {}
    finished: dict[Tokens, Generation] = {}
    draws = 0.0
    while sum(mass for _, mass in alive.values()) > tolerance:
        following: dict[Hashable, tuple[Row, float]] = {}
        for row, mass in alive.values():
            _supply(backend, row)
            for outcome, share in outcomes(row):
                draws += mass * share * (outcome.drawn - row.drawn)
                if outcome.finished:
                    tokens = tuple(outcome.tokens)
                    probability[tokens] = probability.get(tokens, 0.0) + mass * share
                    finished.setdefault(tokens, Generation.of(outcome))
                else:
                    _add(following, outcome, mass * share)
        alive = following
    kept = sum(len(tokens) * mass for tokens, mass in probability.items())
    return Law(probability, finished, sum(mass for _, mass in alive.values()), draws, kept)


def outcomes(row: Row) -> Iterator[tuple[Row, float]]:
    """Every way one `advance` of `row` can go, with its probability; `row` itself is left alone."""
    script: list[int] = []
    while True:
        twin, walked = row.copy(), _Walk(script)
        advance(twin, walked)
        yield twin, walked.probability
        script = walked.next_script()
        if not script:
            return


class _Walk:
    """A draw that follows a script of choices, then takes the first possible one, and remembers the alternatives."""

    def __init__(self, script: list[int]) -> None:
        self._script = script
        self._taken: list[tuple[int, list[float]]] = []
        self.probability = 1.0

    def __call__(self, probs: Tensor, key: Key) -> int:
        masses: list[float] = (probs / probs.sum()).tolist()
        step = len(self._taken)
        choice = self._script[step] if step < len(self._script) else _possible(masses, 0)
        self._taken.append((choice, masses))
        self.probability *= masses[choice]
        return choice

    def next_script(self) -> list[int]:
        """The next choices in depth-first order, [] after the last."""
        for step in range(len(self._taken) - 1, -1, -1):
            choice, masses = self._taken[step]
            another = _possible(masses, choice + 1)
            if another < len(masses):
                return [taken for taken, _ in self._taken[:step]] + [another]
        return []


def _possible(masses: list[float], start: int) -> int:
    """The first index from `start` on with positive mass; len(masses) when there is none."""
    return next((i for i in range(start, len(masses)) if masses[i] > 0), len(masses))


def _supply(backend: Backend, row: Row) -> None:
    if not row.ready:
        prefix = row.request.prompt.tokens + tuple(row.tokens)
        row.receive(backend.extend([Extend(0, 0, prefix)]).logits[0])


def _add(rows: dict[Hashable, tuple[Row, float]], row: Row, mass: float) -> None:
    place = row.fingerprint()
    known = rows.get(place)
    rows[place] = (row, mass) if known is None else (known[0], known[1] + mass)
