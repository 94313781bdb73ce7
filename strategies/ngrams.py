"""Word n-grams in a growing text, as a fold over its characters: what stands between content words does not matter.

A word is a run of word characters (\\w, apostrophes in any spelling left out), lower-cased one to one. Content words
are those of letters only that are no stop words; everything else is passed over: numbers, punctuation, line ends.
Looking up a word costs the same for 10 n-grams and for 10,000.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import NamedTuple

from strategies.hit import Hit, order
from strategies.matcher import fold, is_word
from strategies.stop_words import NEGATED

Words = tuple[str, ...]


class Word(NamedTuple):
    """A word at characters `start..end` of the continuation; negative offsets lie in the prompt."""

    start: int
    end: int
    text: str  # lower-cased


class Trail(NamedTuple):
    """Where the search stands after some text."""

    words: tuple[Word, ...] = ()  # the last content words, as far as they may begin a banned n-gram
    open: Word | None = None  # a word that may go on


class NGrams:
    """A list of distinct n-grams, each as its content words. Immutable once built; shared by all rows."""

    def __init__(self, entries: Sequence[Words], stop_words: Collection[str]) -> None:
        self._stop_words = stop_words
        self._numbers = {words: entry for entry, words in enumerate(entries)}
        self._prefixes = {words[:n] for words in entries for n in range(1, len(words))}
        first = {words[0] for words in entries}
        first |= {short for short, word in NEGATED.items() if word in first}
        self._beginnings = {word[:n] for word in first for n in range(1, len(word) + 1)}
        known = {*stop_words, *NEGATED, *(word for words in entries for word in words)}
        self._longest = max(map(len, known))  # longer words are no word of any list, whatever their letters

    def feed(self, trail: Trail, text: str, offset: int) -> tuple[Trail, list[Hit]]:
        """Read `text`, which stands at `offset`; returns the n-grams whose last word a later character has ended.

        Hits come earliest start first, then longest. One that ends in the prompt is none, and `Hit.start` is where
        the first of its words begins that does not.
        """
        hits: list[Hit] = []
        for at, char in enumerate(text, offset):
            if is_word(char):
                trail = Trail(trail.words, self._longer(trail.open, at, fold(char)))
            elif trail.open:
                trail, found = self.close(trail)
                hits += found
        return trail, sorted(hits, key=order)

    def close(self, trail: Trail) -> tuple[Trail, list[Hit]]:
        """The open word ends here."""
        word = trail.open
        content = as_content(word.text, self._stop_words) if word else ""
        if word is None or not content:
            return Trail(trail.words), []
        words = (*trail.words, word._replace(text=content))
        suffixes = {_texts(words[i:]): words[i:] for i in range(len(words))}  # longest first
        hits = [_hit(suffixes[texts], self._numbers[texts]) for texts in suffixes if texts in self._numbers]
        begun = next((suffixes[texts] for texts in suffixes if texts in self._prefixes), ())
        return Trail(begun), hits if word.end > 0 else []

    def is_open(self, trail: Trail) -> bool:
        """Whether later text may complete an n-gram that has begun, or may have."""
        return bool(trail.words) or (trail.open is not None and trail.open.text in self._beginnings)

    def _longer(self, word: Word | None, at: int, char: str) -> Word:
        if word is None:
            return Word(at, at + 1, char)
        # Of a word too long for any list only one thing still matters: whether it is one of letters.
        is_known = len(word.text) > self._longest and (char.isalpha() or not word.text.isalpha())
        return Word(word.start, at + 1, word.text if is_known else word.text + char)


def content_words(text: str, stop_words: Collection[str]) -> Words:
    """The content words of a whole text, in order."""
    runs = ("".join(map(fold, chars)) for inside, chars in groupby(text, is_word) if inside)
    return tuple(content for run in runs if (content := as_content(run, stop_words)))


def as_content(word: str, stop_words: Collection[str]) -> str:
    """What a lower-cased word counts as; "" if it is passed over."""
    content = NEGATED.get(word, word)
    return content if content.isalpha() and content not in stop_words else ""


def _texts(words: Sequence[Word]) -> Words:
    return tuple(word.text for word in words)


def _hit(words: Sequence[Word], entry: int) -> Hit:
    own = next((word for word in words if word.end > 0), words[-1])
    return Hit(own.start, words[-1].end, entry)
