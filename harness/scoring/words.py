"""What a word is, once for every metric."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from strategies.stop_words import ENGLISH

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})


def words(text: str) -> list[str]:
    """Words of a text: runs of letters joined by inner apostrophes, of the NFKC, lower-cased text with ’ as '."""
    normal = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).lower()
    return _WORD.findall(normal)


@lru_cache(maxsize=2**16)
def word_count(text: str) -> int:
    """How many words a text has; remembered, since every rate divides by it."""
    return len(words(text))


def content_words(stream: Sequence[str]) -> list[str]:
    """The words that are no English function words ("don't" is one: its halves are)."""
    return [word for word in stream if not ENGLISH.issuperset(word.split("'"))]
