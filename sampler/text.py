"""Bytes of tokens → text, one token at a time, with the way back from a character to the token that began it.

A character may span tokens and a token may hold no whole character. Invalid bytes become U+FFFD exactly as
`bytes.decode("utf-8", "replace")` makes them, so the pieces always join to the decoding of the whole.
"""

from __future__ import annotations

from bisect import bisect_right
from codecs import utf_8_decode


class TextStack:
    """The text of a continuation as a stack of pieces, one per token; cut together with the tokens.

    Character offsets count from the start of the continuation; negative ones reach into the prompt.
    """

    def __init__(self, prompt: str = "", pending: bytes = b"") -> None:
        self.prompt = prompt
        self._first_pending = pending  # an incomplete character at the end of the prompt
        self.pieces: list[str] = []  # characters completed by token i
        self.ends: list[int] = []  # characters of the continuation after token i
        self._pending: list[bytes] = []  # bytes of an incomplete character after token i
        self._origin: list[int] = []  # the token in which that incomplete character began

    def __len__(self) -> int:
        """Characters, not tokens."""
        return self.ends[-1] if self.ends else 0

    def __str__(self) -> str:
        return "".join(self.pieces)

    def copy(self) -> TextStack:
        twin = TextStack(self.prompt, self._first_pending)
        twin.pieces, twin.ends = self.pieces.copy(), self.ends.copy()
        twin._pending, twin._origin = self._pending.copy(), self._origin.copy()
        return twin

    @property
    def pending(self) -> bytes:
        """Bytes of a character that is not complete yet."""
        return self._pending[-1] if self._pending else self._first_pending

    def push(self, data: bytes) -> str:
        """Append one token's bytes and return the characters it completed."""
        before = self.pending
        piece, rest = split_incomplete(before + data)
        continues = before and not piece  # still the same incomplete character
        origin = self._origin[-1] if continues and self._origin else (-1 if continues else len(self.pieces))
        self.pieces.append(piece)
        self.ends.append(len(self) + len(piece))
        self._pending.append(rest)
        self._origin.append(max(origin, 0))
        return piece

    def truncate(self, n: int) -> None:
        """Keep the text of the first `n` tokens."""
        for stack in (self.pieces, self.ends, self._pending, self._origin):
            del stack[n:]

    def char(self, i: int) -> str:
        """The character at offset `i`; negative offsets reach into the prompt; "" outside of both."""
        if i < 0:
            return self.prompt[i] if -i <= len(self.prompt) else ""
        j = bisect_right(self.ends, i)
        return self.pieces[j][i - self.start(j)] if j < len(self.pieces) else ""

    def start(self, token: int) -> int:
        """Offset of the first character completed by token `token`."""
        return self.ends[token - 1] if token > 0 else 0

    def token_at(self, i: int) -> int:
        """The token in which the character at offset `i` begins; 0 for a character of the prompt."""
        if i < 0:
            return 0
        j = bisect_right(self.ends, i)
        begun_before = j > 0 and i == self.ends[j - 1] and self._pending[j - 1]
        return self._origin[j - 1] if begun_before else j

    def tokens_within(self, end: int) -> int:
        """How many leading tokens have all their text before offset `end`."""
        return bisect_right(self.ends, end)

    def since(self, token: int) -> str:
        """Text completed by tokens `token` and later."""
        return "".join(self.pieces[token:])

    def between(self, start: int, end: int) -> str:
        """Characters `start` to `end` of the continuation, `start >= 0`."""
        first, last = bisect_right(self.ends, start), bisect_right(self.ends, max(end - 1, 0))
        base = self.start(first)
        return "".join(self.pieces[first : last + 1])[start - base : max(end - base, 0)]

    def flush(self) -> str:
        """What the incomplete bytes at the end decode to when nothing follows."""
        return utf_8_decode(self.pending, "replace", True)[0] if self.pieces else ""


def split_incomplete(data: bytes) -> tuple[str, bytes]:
    """Decode `data`, and hand back the bytes of an incomplete last character.

    >>> split_incomplete(b"caf\\xc3")
    ('caf', b'\\xc3')
    """
    text, used = utf_8_decode(data, "replace", False)
    rest = data[used:]
    if rest[:1] == b"\xed" and rest[1:2] >= b"\xa0":  # half a surrogate: Python waits, but nothing can complete it
        return text + utf_8_decode(rest, "replace", True)[0], b""
    return text, rest
