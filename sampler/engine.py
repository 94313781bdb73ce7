"""Rows through the model: an open queue, one ragged call per step; a row that is done leaves its place to the next."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from sampler.advance import advance_all
from sampler.backends.base import Backend, Extend
from sampler.draw import Draw
from sampler.errors import BatchHalvedWarning, MemoryExhaustedError
from sampler.events import Event, Forward, Worked
from sampler.logits import Arrival, own
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
    Where memory does not suffice, half of the rows go on, and the others when these are done.
    """
    queue: Iterator[Row] = (Row(request, backend.vocab) for request in requests)
    seats: list[_Seat] = []
    try:
        while True:
            for row in islice(queue, batch_size - len(seats)):
                seats.append(_Seat(row, backend.slots.acquire()))
            if not seats:
                return
            try:
                happened = _step(backend, seats, draw)
            except MemoryExhaustedError as error:
                batch_size = _halved(seats, error)
                queue = chain(_sent_back(backend, seats, batch_size), queue)
                continue
            for (row, _), events in zip(seats, happened, strict=True):
                yield Step(row, events)
            for seat in [seat for seat in seats if seat.row.finished]:
                seats.remove(seat)
                _leave(backend, seat)
                following = seat.row.request.following(seat.row.states[0])
                queue = chain((Row(request, backend.vocab) for request in following), queue)
    finally:
        for seat in seats:
            _leave(backend, seat)


def _leave(backend: Backend, seat: _Seat) -> None:
    if seat.row.finished and seat.row.finished.reason == "error":
        # Its cache may hold NaN, and a hidden column still meets its attention weight of 0: 0 x NaN is NaN.
        backend.drop([seat.slot])
    backend.slots.release(seat.slot)


def _step(backend: Backend, seats: Sequence[_Seat], draw: Draw) -> list[list[Event]]:
    """One extend for all rows, and every draw that it allows; what happened to each, its share of the extend first.

    Rows share the time. The model's goes on until its logits are there, which may be in the middle of the draws.
    """
    rows = [seat.row for seat in seats]
    batch = [Extend(seat.slot, *seat.row.pending()) for seat in seats]
    began = time.perf_counter()
    extended = backend.extend(batch)
    returned = time.perf_counter()
    arrival = Arrival(extended.logits)
    read = [row.receive(logits, arrival) for row, logits in zip(rows, extended.logits.unbind(), strict=True)]
    bursts = _bursts(rows, draw)
    ended = time.perf_counter()
    model = (returned - began + arrival.waited) / len(rows)
    outside = (ended - returned - arrival.waited) / len(rows)
    for row, events, forwards, fed, new in zip(rows, bursts, extended.forwards, extended.fed, read, strict=True):
        events.insert(0, Forward(forwards, fed, fed - new, model))
        row.worked += outside
        if row.finished:
            events.insert(-1, Worked(row.worked, row.judged))  # `Finished` stays the last event
        row.events.extend(events)
    return bursts


def _halved(seats: Sequence[_Seat], error: MemoryExhaustedError) -> int:
    """How many rows to go on with. One alone has no half: then `error` is raised."""
    if len(seats) == 1:
        raise error
    half = len(seats) // 2
    warnings.warn(f"{error}; going on with {half} rows at once", BatchHalvedWarning, stacklevel=3)
    return half


def _sent_back(backend: Backend, seats: list[_Seat], stay: int) -> list[Row]:
    """Take all but the first `stay` rows from their seats. They keep their texts, whose tokens are fed again later.

    Every cache is dropped, those of the rows that stay too: memory that was full in one piece is free only as a whole.
    """
    slots = [seat.slot for seat in seats]
    leaving = [seat.row for seat in seats[stay:]]
    for row in (seat.row for seat in seats):
        row.cached = 0
    del seats[stay:]
    backend.drop(slots)
    for slot in slots[stay:]:
        backend.slots.release(slot)
    return leaving


def _bursts(rows: Sequence[Row], draw: Draw) -> list[list[Event]]:
    """Draw, and redraw after rewinds to held rows, until each row needs the model again or has ended."""
    events: list[list[Event]] = [[] for _ in rows]
    ready = [i for i, row in enumerate(rows) if row.ready]
    while ready:
        for i, happened in zip(ready, advance_all([rows[i] for i in ready], draw), strict=True):
            events[i].extend(happened)
        ready = [i for i in ready if rows[i].ready]
    _keep_logits(rows)
    return events


def _keep_logits(rows: Sequence[Row]) -> None:
    """Copy what is still needed of the last batch of logits, so that the batch itself can go.

    One copy for all, save for rows of position 0: they may be held as long as their text, and would hold the others.
    """
    borrowed = [found for row in rows if (found := row.borrowed())]
    own([logits for position, logits in borrowed if position > 0])
    for _, logits in (found for found in borrowed if found[0] == 0):
        own([logits])
