"""Phrases in a growing text: an Aho–Corasick automaton whose state is a small value stored per position.

(Aho & Corasick 1975.) Detection costs the same for 10 phrases and for 10,000, and a rewind is reading an older
state. Text is matched as text: one string has many tokenisations.

Rules. A phrase's inner space matches exactly one space. ’ and ' are one character. With `ignore_case` characters
fold one to one, so that no folding shifts an offset. With `whole_words` a boundary is asked only where the phrase's
own edge is a word character (\\w): "cat" is not in "education", and a right boundary is decided by the next
character or the end of the text, never before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from strategies.hit import Hit, order

APOSTROPHES = "’‘ʼ"


class Scan(NamedTuple):
    """Where the matcher stands after some text: a node, and complete phrases that wait for their right boundary."""

    node: int = 0
    waiting: tuple[Hit, ...] = ()


CharAt = Callable[[int], str]


class Matcher:
    """The automaton for a list of phrases. Immutable once built; shared by all rows."""

    def __init__(self, phrases: Sequence[str], *, whole_words: bool = True, ignore_case: bool = True) -> None:
        self.phrases = tuple(phrases)
        self.whole_words = whole_words
        self._fold = fold if ignore_case else plain
        self._next: list[dict[str, int]] = [{}]
        self._depth = [0]
        self._entries: list[list[int]] = [[]]  # phrases that end at a node
        self._worded = [False]  # the path to a node begins with a word character
        for entry, phrase in enumerate(self.phrases):
            self._insert(phrase, entry)
        self._fail, self._ending = self._links()
        self.longest = max(map(len, self.phrases), default=0)

    # -- building --------------------------------------------------------------------------------------------------

    def _insert(self, phrase: str, entry: int) -> None:
        node = 0
        for char in map(self._fold, phrase):
            child = self._next[node].get(char)
            if child is None:
                child = len(self._next)
                self._next[node][char] = child
                self._next.append({})
                self._depth.append(self._depth[node] + 1)
                self._entries.append([])
                self._worded.append(is_word(phrase[0]))
            node = child
        self._entries[node].append(entry)

    def _links(self) -> tuple[list[int], list[int]]:
        """Per node: its longest proper suffix, and its longest suffix (itself included) that ends a phrase."""
        fail, ending = [0] * len(self._next), [0] * len(self._next)
        queue = deque(self._next[0].values())
        while queue:
            node = queue.popleft()
            ending[node] = node if self._entries[node] else ending[fail[node]]
            for char, child in self._next[node].items():
                fail[child] = self._goto(fail[node], char, fail) if node else 0
                queue.append(child)
        for child in self._next[0].values():
            ending[child] = child if self._entries[child] else 0
        return fail, ending

    def _goto(self, node: int, char: str, fail: list[int]) -> int:
        while node and char not in self._next[node]:
            node = fail[node]
        return self._next[node].get(char, 0)

    # -- matching --------------------------------------------------------------------------------------------------

    def feed(self, scan: Scan, text: str, offset: int, char_at: CharAt) -> tuple[Scan, list[Hit]]:
        """Read `text`, which stands at `offset`; returns the hits it confirms, earliest start first, then longest.

        `char_at(i)` gives the character at offset i of all text so far, for the left boundary.
        """
        hits: list[Hit] = []
        node, waiting = scan.node, scan.waiting
        for end, raw in enumerate(text, offset + 1):
            if waiting and not is_word(raw):
                hits.extend(waiting)
            waiting = ()
            node = self._goto(node, self._fold(raw), self._fail)
            if self._ending[node]:
                sure, waiting = self._completed(node, end, char_at)
                hits.extend(sure)
        return Scan(node, waiting), sorted(hits, key=order)

    def _completed(self, node: int, end: int, char_at: CharAt) -> tuple[list[Hit], tuple[Hit, ...]]:
        """Phrases that end at `end`: those that are hits now, and those that wait for the next character."""
        sure: list[Hit] = []
        waiting: list[Hit] = []
        node = self._ending[node]
        while node:
            start = end - self._depth[node]
            if self._left_bounded(node, start, char_at):
                for entry in self._entries[node]:
                    waits = self.whole_words and is_word(self.phrases[entry][-1])
                    (waiting if waits else sure).append(Hit(start, end, entry))
            node = self._ending[self._fail[node]]
        return sure, tuple(waiting)

    def _left_bounded(self, node: int, start: int, char_at: CharAt) -> bool:
        return not (self.whole_words and self._worded[node] and is_word(char_at(start - 1)))

    def depth(self, scan: Scan) -> int:
        """How many characters at the end of the text may be the beginning of a phrase."""
        return self._depth[scan.node]

    def is_open(self, scan: Scan, end: int, char_at: CharAt) -> bool:
        """Whether text after offset `end` may still complete a phrase that began before it."""
        if scan.waiting:
            return True
        node = scan.node
        while node:
            if self._next[node] and self._left_bounded(node, end - self._depth[node], char_at):
                return True
            node = self._fail[node]
        return False


@lru_cache(maxsize=8)
def matcher_of(phrases: tuple[str, ...], whole_words: bool, ignore_case: bool) -> Matcher:
    """The automaton for a list, built once for all strategies and jobs of a process that share it."""
    return Matcher(phrases, whole_words=whole_words, ignore_case=ignore_case)


def is_word(char: str) -> bool:
    """Whether `char` is a word character, as \\w has it; an apostrophe in any spelling is none."""
    return (char.isalnum() and char not in APOSTROPHES) or char == "_"


def plain(char: str) -> str:
    """The character itself, with every apostrophe as '."""
    return "'" if char in APOSTROPHES else char


@lru_cache(maxsize=1 << 16)
def fold(char: str) -> str:
    """One character for all case variants of `char`: İ → i, ẞ → ß, ς → σ, ’ → '."""
    for folded in (char.casefold(), char.lower()):
        if len(folded) == 1:
            return plain(folded)
    return char.lower()[0]
