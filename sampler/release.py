"""Streaming: the characters of a growing text that will never change."""

from __future__ import annotations

from sampler.row import Row


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
    text = str(row.text) + row.text.flush()
    stops = [start for stop in row.request.stop if (start := text.find(stop)) >= 0]
    return text[: min(stops)] if stops and row.finished and row.finished.reason == "stop" else text
