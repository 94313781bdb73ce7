"""Between the clients' event loop and the writer's thread: texts are ordered, waited for, and cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from harness.serve.order import Order
from harness.serve.writer import Piece, Told, Writer
from sampler import Generation

Numbered = tuple[int, Piece]  # a piece, and of which choice it is


class FullError(Exception):
    """As many texts wait already as the server takes."""


class Counter:
    """Takes orders while fewer than `most` texts are written or wait."""

    def __init__(self, writer: Writer, most: int) -> None:
        self._writer, self._most = writer, most
        self.open = 0  # texts that are written or wait

    @asynccontextmanager
    async def pieces(self, order: Order) -> AsyncIterator[AsyncIterator[Numbered]]:
        """The pieces of all choices as they settle. Leaving the block early, as when a client goes, ends the texts.

        Raise FullError where there is no room for all choices; in the block, what ended a text.
        """
        if self.open + len(order.requests) > self._most:
            raise FullError(f"{self.open} texts are written or wait, at most {self._most} may; try again later")
        loop, told = asyncio.get_running_loop(), asyncio.Queue[tuple[int, Told]]()
        self.open += len(order.requests)

        def tell(index: int, what: Told) -> None:
            loop.call_soon_threadsafe(told.put_nowait, (index, what))

        tickets = [self._writer.submit(request, partial(tell, index)) for index, request in enumerate(order.requests)]
        try:
            yield _until_finished(told, len(tickets))
        finally:
            for ticket in tickets:
                self._writer.leave(ticket)
            self.open -= len(tickets)


async def _until_finished(told: asyncio.Queue[tuple[int, Told]], left: int) -> AsyncIterator[Numbered]:
    while left:
        index, what = await told.get()
        if isinstance(what, Exception):
            raise what
        if what.generation is not None:
            left -= 1
            if what.generation.finish_reason == "error":
                raise RuntimeError(what.generation.error)
        yield index, what


async def finished(pieces: AsyncIterator[Numbered], choices: int) -> list[Generation]:
    """All texts, once they are whole, in the order of their choices."""
    done: dict[int, Generation] = {}
    async for index, piece in pieces:
        if piece.generation is not None:
            done[index] = piece.generation
    return [done[index] for index in range(choices)]
