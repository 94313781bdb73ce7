"""Rows through the model: one ragged call per step; a row that is done leaves its place to the next in the queue."""

from __future__ import annotations

import time
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
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
    """Write every request; they are taken as places come free. Closing the iterator early gives all slots back."""
    waiting = iter(requests)
    with Engine(backend, draw, batch_size) as engine:
        while True:
            for request in islice(waiting, engine.free):
                engine.admit(request)
            if not engine.busy:
                return
            yield from engine.step()


class Engine:
    """Rows at the model, at most `batch_size` at a time, which may come and leave between any two steps.

    A row's law depends on its request alone: draws are keyed, and rows never look at each other. The texts of one
    unit (`Request.then`) follow one another, ahead of the queue. Where memory does not suffice, half of the rows go on,
    and the others when these are done. One thread owns it.
    """

    def __init__(self, backend: Backend, draw: Draw, batch_size: int) -> None:
        self._backend, self._draw, self._batch_size = backend, draw, batch_size
        self._seats: list[_Seat] = []
        self._queue: deque[Row] = deque()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        """Give all slots back."""
        for seat in self._seats:
            _leave(self._backend, seat)
        self._seats.clear()
        self._queue.clear()

    @property
    def free(self) -> int:
        """Places that no row has or waits for."""
        return max(self._batch_size - len(self._seats) - len(self._queue), 0)

    @property
    def busy(self) -> bool:
        """Whether a step would do anything."""
        return bool(self._seats or self._queue)

    def admit(self, request: Request) -> Row:
        """Queue a text; it is written from the next step on that has a place for it."""
        row = Row(request, self._backend.vocab)
        self._queue.append(row)
        return row

    def dismiss(self, row: Row) -> None:
        """Nobody waits for this row any more: its place is free, and its text stays as it is."""
        for seat in [seat for seat in self._seats if seat.row is row]:
            self._rise(seat)
        self._queue = deque(waiting for waiting in self._queue if waiting is not row)

    def step(self) -> list[Step]:
        """One call of the model for the rows that have a place; what happened to each of them."""
        while True:
            self._seat()
            try:
                happened = _step(self._backend, self._seats, self._draw)
            except MemoryExhaustedError as error:
                self._halve(error)
                continue
            steps = [Step(seat.row, events) for seat, events in zip(self._seats, happened, strict=True)]
            for seat in [seat for seat in self._seats if seat.row.finished]:
                self._rise(seat)
                following = seat.row.following()
                self._queue.extendleft([following] if following else [])
            return steps

    def _seat(self) -> None:
        while self._queue and len(self._seats) < self._batch_size:
            self._seats.append(_Seat(self._queue.popleft(), self._backend.slots.acquire()))

    def _rise(self, seat: _Seat) -> None:
        self._seats.remove(seat)
        _leave(self._backend, seat)

    def _halve(self, error: MemoryExhaustedError) -> None:
        """Send half of the rows back. They keep their texts, whose tokens are fed again later; one alone has no half.

        Every cache is dropped, those of the rows that stay too: memory that was full in one piece is free only as a
        whole.
        """
        if len(self._seats) == 1:
            raise error
        self._batch_size = len(self._seats) // 2
        warnings.warn(f"{error}; going on with {self._batch_size} rows at once", BatchHalvedWarning, stacklevel=4)
        for seat in self._seats:
            seat.row.cached = 0
        self._backend.drop([seat.slot for seat in self._seats])
        leaving = self._seats[self._batch_size :]
        for seat in leaving:
            self._rise(seat)
        self._queue.extendleft(seat.row for seat in reversed(leaving))


def _leave(backend: Backend, seat: _Seat) -> None:
    """Free the seat's slot."""
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
