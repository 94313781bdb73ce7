"""Streaming: which characters of a growing text will never change, given what is settled and which stops are open."""

from __future__ import annotations

from sampler.row import Row
from sampler.stops import open_stop


class Release:
    """Hands out the settled text of one row, piece by piece; the pieces join to exactly its final text.

    Two hold-backs in series: tokens that the strategy may still take back, then characters that may turn out to
    begin a stop string. Bytes of an incomplete character are no character yet, so no piece ends inside one.
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
            settled = row.text.between(self._given, row.text.start(row.released))
            piece = settled[: len(settled) - open_stop(settled, row.request.stop)]
        self._given += len(piece)
        return piece


def final_text(row: Row) -> str:
    """What decoding prompt + tokens adds to decoding the prompt, without EOS and from the first stop string on."""
    text = str(row.text) + row.text.flush()
    stops = [start for stop in row.request.stop if (start := text.find(stop)) >= 0]
    return text[: min(stops)] if stops and row.finished and row.finished.reason == "stop" else text
