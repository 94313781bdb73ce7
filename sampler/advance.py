"""One draw, and what the strategy decides about it: the whole law of the sampler is in this file.

`advance` needs no model: it runs on a row that holds the logits of its next position. It changes nothing but the
row, and all its chance comes through `draw`, so a test can copy a row, walk every outcome, and read off the exact
output distribution.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import lru_cache

import torch
from torch import Tensor

from sampler.decision import Accept, Decision, Rewind, Shape, Stop
from sampler.decoding import divergence, probabilities
from sampler.draw import Draw, Key
from sampler.errors import BadLogitsError, ContractError
from sampler.events import Drew, Event, FinishReason, Noted, Rewound, Worked
from sampler.row import Row
from sampler.stops import first_stop, open_stop
from sampler.strategy import Strategy
from sampler.view import Final, View


def advance(row: Row, draw: Draw) -> list[Event]:
    """Make one draw at the end of a `ready` row; returns what happened, which the row remembers too."""
    began = time.perf_counter()
    try:
        events = list(_advance(row, draw))
    except BadLogitsError as error:
        events = [row.finish("error", f"position {len(row.tokens)}: {error}")]
    row.worked += time.perf_counter() - began
    if row.finished:
        events.insert(-1, Worked(row.worked))  # `Finished` stays the last event
    row.events.extend(events)
    return events


def _advance(row: Row, draw: Draw) -> Iterator[Event]:
    if row.drawn >= row.request.max_draws:
        yield from _end(row, draw, "budget")
        return
    position, attempt, ban_nats = len(row.tokens), row.attempt, 0.0
    forced, token = _next_forced(row)
    if not forced:
        before = View(row, draw, position, attempt, end=len(row.text))
        free, scores = _scores(row, before)
        probs = probabilities(scores, row.request.decoding)
        if probs is None:
            yield from _exhausted(row, before, draw)
            return
        token = draw(probs, Key(row.request.seed, row.request.id, position, attempt))
        ban_nats = 0.0 if scores is free else divergence(scores, free)
    row.push(token, ban_nats)
    yield Drew(position, token, row.logprobs[-1], forced)
    final, end = _final(row, token)
    view = View(row, draw, position, attempt, final, end, forced)
    state, decision = row.request.strategy.step(row.states[-1], view)
    row.enter(state)
    yield from _apply(row, decision, state, _reason(row, final))


def _next_forced(row: Row) -> tuple[bool, int]:
    if not row.forced:
        return False, -1
    token, row.forced = row.forced[0], row.forced[1:]
    return True, token


def _scores(row: Row, view: View) -> tuple[Tensor, Tensor]:
    """Tempered log-probs of the next position [V] float64, shaped: without biases, and with those that hold here.

    The biases are the shape's own and the bans of this very prefix. Where there are none, both are the same tensor.
    """
    free = scores = row.held[view.position].tempered(row.request.decoding.divisor)
    strategy = row.request.strategy
    if type(strategy).shape is not Strategy.shape:
        shape = strategy.shape(row.states[-1], view)
        free = _unbiased(scores, shape)
        scores = _biased(free, shape)
    return free, row.bans.applied_to(scores, row.tokens)


def _unbiased(scores: Tensor, shape: Shape) -> Tensor:
    """`scores` [V] as `shape` bends them before its bias; the very same tensor where it says nothing."""
    if shape.row is not None:
        scores = shape.row
    return scores if shape.scale == 1.0 else scores * shape.scale


def _biased(scores: Tensor, shape: Shape) -> Tensor:
    """`scores` [V] with the shape's bias added; the very same tensor where there is none."""
    if shape.bias:
        ids, nats = _bias_tensors(_Same(shape.bias), scores.device)
        scores = scores.index_add(0, ids, nats)
    return scores


class _Same:
    """A mapping compared by identity: a strategy that always returns the same bias has it converted once."""

    def __init__(self, bias: Mapping[int, float]) -> None:
        self.bias = bias

    def __hash__(self) -> int:
        return id(self.bias)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.bias is other.bias


@lru_cache(maxsize=64)
def _bias_tensors(same: _Same, device: torch.device) -> tuple[Tensor, Tensor]:
    ids, nats = list(same.bias), list(same.bias.values())
    return torch.tensor(ids, device=device), torch.tensor(nats, dtype=torch.float64, device=device)


def _final(row: Row, token: int) -> tuple[Final | None, int]:
    """Why the text ends here if the token is accepted, and how many characters of it will be kept."""
    cut = first_stop(row.text, row.request.stop, row.text.pieces[-1])
    if cut is not None:
        return "stop", cut
    if token in row.vocab.eos:
        return "eos", len(row.text)
    ends = len(row.tokens) >= row.request.max_tokens or row.drawn >= row.request.max_draws
    return ("length" if ends else None), len(row.text)


def _apply(row: Row, decision: Decision, state: object, ends: FinishReason | None) -> Iterator[Event]:
    match decision:
        case Accept(settled=settled, note=note):
            yield from _note(row, note)
            if ends or (settled and not open_stop(row.text, row.request.stop)):
                yield row.release()
            if ends:
                yield row.finish(ends)
        case Rewind(to=to):
            if ends and to >= len(row.tokens):
                raise ContractError(f"row {row.request.id}: rewind to {to} keeps a text that has ended ({ends})")
            yield from _rewind(row, decision, state)
        case Stop(note=note):
            yield from _note(row, note)
            yield row.release()
            yield row.finish("stop")
        case _:
            raise ContractError(
                f"{type(row.request.strategy).__name__}.step returned {decision!r}; use Accept, Rewind or Stop"
            )


def _reason(row: Row, final: Final | None) -> FinishReason | None:
    """ "length" is said of the text; where the draws ran out first, that is the truth."""
    return "budget" if final == "length" and len(row.tokens) < row.request.max_tokens else final


def _note(row: Row, note: str) -> Iterator[Event]:
    if note:
        yield Noted(len(row.tokens), note)


def _rewind(row: Row, rewind: Rewind, state: object) -> Iterator[Event]:
    at, to = len(row.tokens), rewind.to
    if rewind.at > at:
        raise ContractError(f"row {row.request.id}: a bias at {rewind.at} has no prefix, there are {at} tokens")
    prefix = row.tokens[: to if rewind.at < 0 else rewind.at]
    text = row.text.since(to) if 0 <= to <= at else ""
    logprob = row.logprobs[to] if 0 <= to < at else None
    row.truncate(to, state)
    if rewind.bias:
        row.bans.add(prefix, rewind.why, rewind.bias)
    row.forced = rewind.force
    yield Rewound(at, to, rewind.why, text, len(row.text), rewind.note, logprob)


def _exhausted(row: Row, view: View, draw: Draw) -> Iterator[Event]:
    """No token is left at this prefix: the strategy lifts the bans, goes back, or ends the row."""
    state, decision = row.request.strategy.exhausted(row.states[-1], view)
    match decision:
        case Rewind(to=to) if to < len(row.tokens):
            yield from _rewind(row, decision, state)
            return
        case Accept(note=note) if row.bans.lift(row.tokens):
            row.states[-1] = state
            yield from _note(row, note)
            return
        case Stop(note=note):
            yield from _note(row, note)
    yield from _end(row, draw, "exhausted")


def _end(row: Row, draw: Draw, reason: FinishReason) -> Iterator[Event]:
    """No draw follows. Unless all is settled, the last token is judged again, as the end that it turned out to be.

    Without this, what waits for its right boundary would be left standing where a rewind had spent the budget, or
    where no next token is possible.
    """
    last = len(row.tokens) - 1
    if last < row.released or last not in row.held:
        yield row.release()
        yield row.finish(reason)
        return
    view = View(row, draw, last, row.attempts[last] - 1, "length", len(row.text))
    state, decision = row.request.strategy.step(row.states[-2], view)
    row.states[-1] = state
    yield from _apply(row, decision, state, reason)
