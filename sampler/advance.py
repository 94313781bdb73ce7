"""One draw, and what the strategy decides about it: the whole law of the sampler is in this file.

`advance` needs no model: it runs on a row that holds the logits of its next position. It changes nothing but the
row, and all its chance comes through `draw`, so a test can copy a row, walk every outcome, and read off the exact
output distribution. `advance_all` is the same for many rows, whose draws are then made together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from sampler.decision import Accept, Decision, Rewind, Stop
from sampler.draw import Draw, Key
from sampler.drawing import STRAIGHT, Drawn, Want, check_shape, check_tokens, draw_all
from sampler.errors import BadLogitsError, ContractError
from sampler.events import Drew, Event, FinishReason, Noted, Rewound
from sampler.row import Row, recorded
from sampler.stops import first_stop, open_stop
from sampler.strategy import Strategy
from sampler.view import Final, View

Answer = TypeVar("Answer")


def advance(row: Row, draw: Draw) -> list[Event]:
    """Make one draw at the end of a `ready` row; returns what happened, which the row remembers too."""
    [events] = advance_all([row], draw)
    row.events.extend(events)
    return events


def advance_all(rows: Sequence[Row], draw: Draw) -> list[list[Event]]:
    """`advance` for each of these `ready` rows, which never look at each other; their events are left to the caller."""
    wants = [_want(row, draw) for row in rows]
    drawn = iter(draw_all([want for want in wants if isinstance(want, Want)], draw))
    return [
        _go_on(row, next(drawn) if isinstance(want, Want) else want, draw)
        for row, want in zip(rows, wants, strict=True)
    ]


def _want(row: Row, draw: Draw) -> Want | Exception | None:
    """The draw that `row` needs; None where none is made: the row ends here, or the next token is forced."""
    if row.broken:
        return row.broken
    if row.ending or row.forced:
        return None
    strategy, position, attempt = row.request.strategy, len(row.tokens), row.attempt
    shape = STRAIGHT
    if type(strategy).shape is not Strategy.shape:
        try:
            shape = _ask(row, strategy.shape, row.states[-1], _before(row, draw))
            check_shape(shape, row.vocab.size)
        except Exception as error:
            return recorded(error, row.request)
    key = Key(row.request.seed, row.request.id, position, attempt)
    return Want(row.held[position], row.request.decoding, key, shape, row.bans.under(row.tokens))


def _before(row: Row, draw: Draw) -> View:
    """What a strategy sees before a draw."""
    return View(row, draw, len(row.tokens), row.attempt, end=len(row.text))


def _ask(row: Row, hook: Callable[..., Answer], state: object, view: View) -> Answer:
    """What the strategy answers; its time is counted apart."""
    began = row.clock()
    answer = hook(state, view)
    row.judged += row.clock() - began
    return answer


def _go_on(row: Row, drawn: Drawn | Exception | None, draw: Draw) -> list[Event]:
    events: list[Event] = []
    try:
        events.extend(_advance(row, drawn, draw))
    except Exception as error:
        events.append(row.finish("error", f"position {len(row.tokens)}: {_said(recorded(error, row.request))}"))
    return events


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, BadLogitsError) else f"{type(error).__name__}: {error}"


def _advance(row: Row, drawn: Drawn | Exception | None, draw: Draw) -> Iterator[Event]:
    if isinstance(drawn, Exception):
        raise drawn
    position, attempt = len(row.tokens), row.attempt
    if drawn is not None:
        row.held[position].normalised_by(drawn.log_z)
        if drawn.token is None:
            yield from _exhausted(row, draw)
            return
        row.push(drawn.token, drawn.logprob, drawn.ban_nats)
    elif row.ending:
        yield from _end(row, draw, row.ending)
        return
    else:
        token, row.forced = row.forced[0], row.forced[1:]
        row.push(token, row.held[position].logprob(token))
    forced, token = drawn is None, row.tokens[-1]
    yield Drew(position, token, row.logprobs[-1], forced)
    final, end = _final(row, token)
    view = View(row, draw, position, attempt, final, end, forced)
    state, decision = _ask(row, row.request.strategy.step, row.states[-1], view)
    row.enter(state)
    yield from _apply(row, decision, state, _reason(row, final))


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
        check_tokens("Rewind.bias", rewind.bias, row.vocab.size)
        row.bans.add(prefix, rewind.why, rewind.bias)
    row.forced = rewind.force
    yield Rewound(at, to, rewind.why, text, len(row.text), rewind.note, logprob)


def _exhausted(row: Row, draw: Draw) -> Iterator[Event]:
    """No token is left at this prefix: the strategy lifts the bans, goes back, or ends the row."""
    state, decision = _ask(row, row.request.strategy.exhausted, row.states[-1], _before(row, draw))
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
    row.stuck = True
    if row.ready:  # else the model is asked first
        yield from _end(row, draw, "exhausted")


def _end(row: Row, draw: Draw, reason: FinishReason) -> Iterator[Event]:
    """No draw follows. Unless all is settled, the last token is judged again, as the end that it turned out to be.

    Without this, what waits for its right boundary would be left standing where a rewind had spent the budget, or
    where no next token is possible.
    """
    last = len(row.tokens) - 1
    if last < row.released:
        yield row.release()
        yield row.finish(reason)
        return
    view = View(row, draw, last, row.attempts[last] - 1, "length", len(row.text))
    state, decision = _ask(row, row.request.strategy.step, row.states[-2], view)
    row.states[-1] = state
    yield from _apply(row, decision, state, reason)
