"""Rows through the model: an open queue, one ragged call per step; a row that is done leaves its place to the next."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple

from sampler.advance import advance
from sampler.backends.base import Backend, Extend
from sampler.draw import Draw
from sampler.events import Event, Forward
from sampler.row import Request, Row


class Step(NamedTuple):
    """What happened to one row since its last step."""

    row: Row
    events: list[Event]


class _Seat(NamedTuple):
    row: Row
    slot: int


def run(backend: Backend, requests: Iterable[Request], draw: Draw, batch_size: int) -> Iterator[Step]:
    """Write every request, at most `batch_size` at a time; requests are taken from the queue as places come free.

    A row's law depends on its request alone: draws are keyed, and rows never look at each other. The texts of one
    unit (`Request.then`) follow one another, ahead of the queue. Closing the iterator early gives all slots back.
    """
    queue: Iterator[Request] = iter(requests)
    seats: list[_Seat] = []
    try:
        while True:
            for request in islice(queue, batch_size - len(seats)):
                seats.append(_Seat(Row(request, backend.vocab), backend.slots.acquire()))
            if not seats:
                return
            forwards = _feed(backend, seats)
            for (row, _), forward in zip(seats, forwards, strict=True):
                yield Step(row, [forward, *_burst(row, draw)])
            for seat in [seat for seat in seats if seat.row.finished]:
                seats.remove(seat)
                backend.slots.release(seat.slot)
                queue = chain(seat.row.request.following(seat.row.states[0]), queue)
    finally:
        for seat in seats:
            backend.slots.release(seat.slot)


def _feed(backend: Backend, seats: list[_Seat]) -> list[Forward]:
    """One extend for all rows; each row's share of it."""
    batch = [Extend(seat.slot, *seat.row.pending()) for seat in seats]
    began = time.perf_counter()
    extended = backend.extend(batch)
    seconds = (time.perf_counter() - began) / len(seats)
    forwards = []
    for i, (row, _) in enumerate(seats):
        seen = row.seen
        row.receive(extended.logits[i])
        forward = Forward(extended.forwards[i], extended.fed[i], extended.fed[i] - (row.seen - seen), seconds)
        row.events.append(forward)
        forwards.append(forward)
    return forwards


def _burst(row: Row, draw: Draw) -> list[Event]:
    """Draw, and redraw after rewinds to held rows, until the row needs the model again or ends."""
    events: list[Event] = []
    while row.ready:
        events.extend(advance(row, draw))
    row.settle_memory()
    return events
