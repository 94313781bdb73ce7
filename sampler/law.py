"""The exact law of a strategy on a small model: every draw is walked, none is sampled.

Mass is propagated over rows; rows in the same place (equal `fingerprint`) are one place, whose outcomes are walked
once, so that strategies which go back and try again stay finite. It runs the real engine (`advance`) through its
injected draw: stale bans, boundary faults or a misused generator show up as wrong probabilities, without any noise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from typing import Any, NamedTuple

from torch import Tensor

from sampler.advance import advance
from sampler.backends.base import Backend, Extend
from sampler.circling import expected_visits, reached, with_way_out
from sampler.decoding import Decoding
from sampler.draw import Key
from sampler.generation import Generation
from sampler.row import Request, Row
from sampler.strategy import Strategy
from sampler.vocab import Tokens

ENDLESS = 1 << 30  # draws: no budget
VISITS = 20  # of one place: mass that comes back this often goes round, and is solved for

PlaceOf = Callable[[Row], Hashable]


@dataclass(frozen=True)
class Law:
    """A distribution over finished texts, by kept tokens. `residual` mass was still being written: TV error <= it.

    Where `endless` mass of it goes round for ever, draws and forwards have no expectation; theirs are then infinite.
    """

    probability: dict[Tokens, float]
    finished: dict[Tokens, Generation]  # one text that ended with these tokens
    residual: float
    endless: float
    draws: float  # expected, as far as mass was followed
    kept: float  # expected
    forwards: float  # expected calls of the model, as far as mass was followed; the prompt's included
    places: int  # distinct places that were walked

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
    max_draws: int = ENDLESS,
    max_places: int | None = None,
    place_of: PlaceOf = Row.fingerprint,
) -> Law:
    """Walk every outcome of every draw, the heaviest place first, until at most `tolerance` of the mass is unfinished.

    `max_places` bounds the places that are walked; the mass that stands in others is part of the residual, and so is
    mass that goes round for ever, as where a phrase is certain and taken back without a ban. Rows of one `place_of`
    must have the same future; a coarser one than the fingerprint merges what a strategy keeps but never reads again.
    """
    decoding = decoding or Decoding()
    strategy.check(decoding)
    encoded = backend.vocab.prompt(prompt)
    request = Request("law", encoded, strategy.bind(backend.vocab), decoding, max_new_tokens, max_draws, stop)
    spread = _Spread(_Map(backend, max_places, place_of))
    spread.begin(Row(request, backend.vocab))
    spread.until(tolerance)
    return spread.law()


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


class _Move(NamedTuple):
    """One outcome of a place."""

    share: float
    draws: int
    forwards: int
    place: int  # -1: the text is finished
    tokens: Tokens = ()  # of the finished text


class _Map:
    """The places found so far, by number, and the moves out of those that were walked."""

    def __init__(self, backend: Backend, max_places: int | None, place_of: PlaceOf) -> None:
        self._backend, self._max_places, self._place_of = backend, max_places, place_of
        self._numbers: dict[Hashable, int] = {}
        self._rows: list[Row | None] = []  # one row that stands there; None once its moves are known
        self._moves: dict[int, list[_Move]] = {}
        self.finished: dict[Tokens, Generation] = {}

    def __len__(self) -> int:
        return len(self._moves)

    def number(self, row: Row) -> int:
        """The place in which `row` stands. Where draws are limited, how many were made belongs to it."""
        row.bans.forget_all_but(row.tokens[: row.released])  # or a row would remember for ever where it did not go
        spent = row.drawn if row.request.max_draws < ENDLESS else 0
        number = self._numbers.setdefault((self._place_of(row), spent), len(self._rows))
        if number == len(self._rows):
            self._rows.append(row)
        return number

    def moves(self, place: int) -> list[_Move] | None:
        """The moves out of `place`; None if it was never walked and no more places may be."""
        row = self._rows[place]
        if row is None:
            return self._moves[place]
        if self._max_places is not None and len(self) >= self._max_places:
            return None
        self._supply(row)
        self._moves[place] = [self._move(row, outcome, share) for outcome, share in outcomes(row)]
        self._rows[place] = None
        return self._moves[place]

    def known(self) -> dict[int, list[_Move]]:
        """The moves out of every place that was walked."""
        return self._moves

    def _move(self, row: Row, outcome: Row, share: float) -> _Move:
        draws = outcome.drawn - row.drawn
        if not outcome.finished:
            # Whether the next draw needs the model follows from the place that it is made from and how it was reached.
            return _Move(share, draws, 0 if outcome.ready else 1, self.number(outcome))
        tokens = tuple(outcome.tokens)
        if tokens not in self.finished:
            self.finished[tokens] = Generation.of(outcome)
        return _Move(share, draws, 0, -1, tokens)

    def _supply(self, row: Row) -> None:
        if not row.ready:
            prefix = row.request.prompt.tokens + tuple(row.tokens)
            row.receive(self._backend.extend([Extend(0, 0, prefix)]).logits[0])


@dataclass
class _Spread:
    """Mass on its way: `waiting` by place, `probability` where it has arrived."""

    map: _Map
    waiting: dict[int, float] = field(default_factory=dict)
    queue: list[tuple[float, int]] = field(default_factory=list)  # (-mass, place); stale where the mass has changed
    probability: dict[Tokens, float] = field(default_factory=dict)
    visits: Counter[int] = field(default_factory=Counter)  # by place
    circling: dict[int, float] = field(default_factory=dict)  # in places that were visited too often
    stuck: float = 0.0  # in places that may not be walked
    endless: float = 0.0  # in places that have no way out
    draws: float = 0.0
    forwards: float = 1.0  # the prompt's

    def begin(self, row: Row) -> None:
        self._wait(self.map.number(row), 1.0)

    def until(self, tolerance: float) -> None:
        """Move mass on until at most `tolerance` of it waits or goes round."""
        while (waiting := sum(self.waiting.values())) + sum(self.circling.values()) > tolerance:
            if waiting <= tolerance / 2:
                self._solve()
            for _ in range(len(self.waiting)):  # summing them each time would take longer than moving one
                self._move_heaviest()

    def law(self) -> Law:
        kept = sum(len(tokens) * mass for tokens, mass in self.probability.items())
        residual = self.stuck + self.endless + sum(self.waiting.values()) + sum(self.circling.values())
        draws, forwards = (inf, inf) if self.endless else (self.draws, self.forwards)
        return Law(
            self.probability, self.map.finished, residual, self.endless, draws, kept, forwards, places=len(self.map)
        )

    def _wait(self, place: int, mass: float) -> None:
        self.waiting[place] = self.waiting.get(place, 0.0) + mass
        heappush(self.queue, (-self.waiting[place], place))

    def _move_heaviest(self) -> None:
        while self.queue:
            negative, place = heappop(self.queue)
            if self.waiting.get(place) == -negative:
                self._move(place, self.waiting.pop(place))
                return

    def _move(self, place: int, mass: float) -> None:
        self.visits[place] += 1
        if self.visits[place] > VISITS:
            self.circling[place] = self.circling.get(place, 0.0) + mass
            return
        moves = self.map.moves(place)
        if moves is None:
            self.stuck += mass
            return
        for move in moves:
            self._pass(move, mass * move.share)
            if move.place >= 0:
                self._wait(move.place, mass * move.share)

    def _pass(self, move: _Move, mass: float) -> None:
        """Count what a move costs, and the text it may end."""
        self.draws += mass * move.draws
        self.forwards += mass * move.forwards
        if move.place < 0:
            self.probability[move.tokens] = self.probability.get(move.tokens, 0.0) + mass

    def _solve(self) -> None:
        """Take mass that goes round to where it leaves the walked places: to finished texts, or to places that wait."""
        start, self.circling, known = self.circling, {}, self.map.known()
        steps = {place: _steps(moves) for place, moves in known.items()}
        places = reached(start, steps)
        leaves = {place for place in places if any(move.place not in known for move in known[place])}
        going = with_way_out(places, steps, leaves)
        self.endless += sum(mass for place, mass in start.items() if place not in going)
        for place, visits in expected_visits(start, steps, going).items():
            for move in known[place]:
                self._pass(move, visits * move.share)
                if move.place in places and move.place not in going:
                    self.endless += visits * move.share
                elif move.place >= 0 and move.place not in known:
                    self._wait(move.place, visits * move.share)


def _steps(moves: list[_Move]) -> dict[int, float]:
    """Where mass goes on from a place, in shares."""
    steps: dict[int, float] = {}
    for move in moves:
        if move.place >= 0:
            steps[move.place] = steps.get(move.place, 0.0) + move.share
    return steps


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
