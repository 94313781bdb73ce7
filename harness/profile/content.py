"""What is counted: n-grams of content words within a sentence, as NGramBan reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from harness.store.digests import digest_text
from strategies.matcher import fold
from strategies.ngrams import as_content
from strategies.stop_words import ENGLISH

ORDERS = (1, 2, 3)
STOP_WORDS = digest_text("\n".join(sorted(ENGLISH)))

# A run of word characters (ʼ is an apostrophe, not a letter), or what ends a sentence or a line.
_PIECE = re.compile("(?P<word>[^\\Wʼ]+)|[.!?…\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


class Word(NamedTuple):
    """A content word, lower-cased, and where it stands: `text[start:end]`."""

    start: int
    end: int
    content: str


class NGram(NamedTuple):
    """Content words joined by one space; `text[start:end]` is how they were written, stop words included."""

    start: int
    end: int
    content: str


def ngrams(text: str, order: int) -> Iterator[NGram]:
    """All n-grams of a text from left to right; none reaches across the end of a sentence."""
    for words in sentences(text):
        for gram in zip(*(words[first:] for first in range(order)), strict=False):
            yield NGram(gram[0].start, gram[-1].end, " ".join(word.content for word in gram))


def sentences(text: str) -> Iterator[list[Word]]:
    """The content words of each sentence."""
    words: list[Word] = []
    for piece in _PIECE.finditer(text):
        if piece["word"] is None:
            yield words
            words = []
        elif content := as_content("".join(map(fold, piece["word"])), ENGLISH):
            words.append(Word(piece.start(), piece.end(), content))
    yield words
