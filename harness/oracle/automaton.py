"""Which texts hold no phrase, as a finite automaton over characters: Aho-Corasick with word boundaries.

The state is where the strategies' own matcher stands, plus what a later boundary asks for: whether a complete phrase
waits for its right edge, and whether a word character stands before the characters that the node remembers.
"""

from __future__ import annotations

from typing import NamedTuple

from strategies.hit import Hit
from strategies.matcher import Matcher, Scan, is_word


class Stand(NamedTuple):
    """Where a clean text stands. `tail`: the characters that may begin a phrase, one before them in front."""

    node: int = 0
    waits: bool = False
    tail: str = " "


class CleanTexts:
    """Reads a text piece by piece; equal stands have the same future."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    def read(self, stand: Stand, piece: str) -> Stand | None:
        """The stand after `piece` too; None if a phrase is now in the text for certain."""
        text = stand.tail + piece

        def char_at(offset: int) -> str:
            return text[offset] if offset >= 0 else ""

        end = len(stand.tail)
        waiting = (Hit(0, end, 0),) if stand.waits else ()
        scan, hits = self._matcher.feed(Scan(stand.node, waiting), piece, end, char_at)
        if hits:
            return None
        return Stand(scan.node, bool(scan.waiting), self._tail(scan, text))

    def may_end(self, stand: Stand) -> bool:
        """The text is clean if it ends here: the end is a word boundary."""
        return not stand.waits

    def _tail(self, scan: Scan, text: str) -> str:
        """Of the character before the memory only its kind matters: fewer stands are told apart."""
        depth = self._matcher.depth(scan)
        begin = len(text) - depth
        return ("_" if is_word(text[begin - 1]) else " ") + text[begin:]
