"""The one thread that owns the engine: requests of many clients become rows of one batch, and their texts come back."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from sampler import Generation
from sampler.backends import Backend
from sampler.draw import keyed_draw
from sampler.engine import Engine
from sampler.release import Release
from sampler.row import Request, Row


class Piece(NamedTuple):
    """Settled text, and the settled tokens it came with; `generation` once the text is finished."""

    text: str
    tokens: tuple[int, ...]
    logprobs: tuple[float, ...]
    generation: Generation | None = None


Told = Piece | Exception
Tell = Callable[[Told], None]  # called from the writer's thread


@dataclass(eq=False)
class Ticket:
    """A text that somebody waits for."""

    request: Request
    tell: Tell
    row: Row | None = None
    release: Release | None = None
    given: int = 0  # tokens handed out


class Writer:
    """Writes at most `batch_size` texts at once. `submit`, `leave` and `close` may be called from any thread."""

    def __init__(self, backend: Backend, batch_size: int) -> None:
        self._backend, self._batch_size = backend, batch_size
        self._orders: queue.SimpleQueue[Callable[[Engine], None]] = queue.SimpleQueue()
        self._tickets: dict[Row, Ticket] = {}
        self._open = True
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    def submit(self, request: Request, tell: Tell) -> Ticket:
        """Have a text written; `tell` hears its pieces, then its Generation, or the exception that ended it."""
        ticket = Ticket(request, tell)
        self._orders.put(lambda engine: self._admit(engine, ticket))
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Nobody waits for it any more: its place goes to the next."""
        self._orders.put(lambda engine: self._dismiss(engine, ticket))

    def close(self) -> None:
        """Stop between two steps; texts that are not finished stay so."""
        self._orders.put(lambda engine: setattr(self, "_open", False))
        self._thread.join()

    def _work(self) -> None:
        while self._open:
            try:
                with Engine(self._backend, keyed_draw, self._batch_size) as engine:
                    self._serve(engine)
            except Exception as error:  # of the model or the memory: it ends these texts, and not the server
                waiting, self._tickets = self._tickets, {}
                for ticket in waiting.values():
                    ticket.tell(error)

    def _serve(self, engine: Engine) -> None:
        while self._open:
            self._obey(engine)
            if engine.busy and self._open:
                for row, _ in engine.step():
                    self._report(row)

    def _obey(self, engine: Engine) -> None:
        """Every order that has come; with nothing to write, wait for one."""
        while not self._orders.empty() or (self._open and not engine.busy):
            self._orders.get()(engine)

    def _admit(self, engine: Engine, ticket: Ticket) -> None:
        try:
            ticket.row = engine.admit(ticket.request)
        except Exception as error:  # a strategy may refuse a prompt
            ticket.tell(error)
            return
        ticket.release = Release(ticket.row)
        self._tickets[ticket.row] = ticket

    def _dismiss(self, engine: Engine, ticket: Ticket) -> None:
        if ticket.row is not None and ticket.row in self._tickets:
            del self._tickets[ticket.row]
            engine.dismiss(ticket.row)

    def _report(self, row: Row) -> None:
        ticket = self._tickets[row]
        assert ticket.release is not None, "a row has its release since it was admitted"
        text, begin = ticket.release.next_piece(), ticket.given
        ticket.given = len(row.tokens) if row.finished else row.released
        generation = None
        if row.finished:
            del self._tickets[row]
            generation = Generation.of(row)
        if text or generation or ticket.given > begin:
            tokens, logprobs = tuple(row.tokens[begin : ticket.given]), tuple(row.logprobs[begin : ticket.given])
            ticket.tell(Piece(text, tokens, logprobs, generation))
