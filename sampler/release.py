"""Streaming: the characters of a growing text that will never change."""

from __future__ import annotations

from sampler.events import Finished
from sampler.row import Row
from sampler.text import TextStack


class Release:
    """Hands out the settled text of one row, piece by piece; the pieces join to exactly its final text.

    Nothing is settled while a stop string is open, so none is ever given out in part. Bytes of an incomplete
    character are no character yet, so no piece ends inside one.
    """

    def __init__(self, row: Row) -> None:
        self._row = row
        self._given = 0  # characters handed out

    def next_piece(self) -> str:
        """What may leave now, "" when nothing may."""
        row = self._row
        if row.finished:
            piece = final_text(row)[self._given :]
        else:
            piece = row.text.between(self._given, row.text.start(row.released))
        self._given += len(piece)
        return piece


def final_text(row: Row) -> str:
    """What decoding prompt + tokens adds to decoding the prompt, without EOS and from the first stop string on."""
    return kept_text(row.text, row.request.stop, row.finished)


def kept_text(written: TextStack, stops: tuple[str, ...], finished: Finished | None) -> str:
    """What stays of `written`, incomplete bytes included: all of it, or what stands before the stop that ended it."""
    text = str(written) + written.flush()
    starts = [start for stop in stops if (start := text.find(stop)) >= 0]
    return text[: min(starts)] if starts and finished and finished.reason == "stop" else text
