"""Find list entries in a finished text, by hashing the word an entry starts with.

A sampler must not be its own judge: this search shares no code and no algorithm with the automaton that bans. It obeys
the same rules: case is folded, ’ equals ', a boundary is asked only where an entry's own edge is a word character
(`\\w`), earliest start wins, then longest, and hits do not overlap.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

_WORD_CHARACTER = re.compile(r"\w")
_APOSTROPHES = str.maketrans("’‘ʼ", "'''")


class Hit(NamedTuple):
    """`text[start:end]` is an occurrence of `entry`."""

    start: int
    end: int
    entry: str


class PhraseCounter:
    """All occurrences of a list in a text, in time that grows with the text and hardly with the list.

    The first run of word characters of an entry must equal a whole run of the text, so one dictionary look-up per word
    of the text leaves a handful of candidates. Entries that start with another character are looked up there.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        candidates: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for entry in dict.fromkeys(entries):
            folded = fold(entry)
            candidates[_first_run(folded)].append((folded, entry))
        self._candidates = {run: sorted(found, key=lambda pair: -len(pair[0])) for run, found in candidates.items()}
        edges = "".join(re.escape(run) for run in self._candidates if not _is_word_character(run[0]))
        self._run = re.compile(rf"\w+|[{edges}]" if edges else r"\w+")

    def hits(self, text: str) -> Iterator[Hit]:
        """Hits from left to right. The start and the end of the text are boundaries."""
        folded = fold(text)
        free = 0
        for run in self._run.finditer(folded):
            if run.start() < free:
                continue
            for phrase, entry in self._candidates.get(run.group(), ()):
                end = run.start() + len(phrase)
                if folded.startswith(phrase, run.start()) and _ends_whole(folded, end):
                    free = end
                    yield Hit(run.start(), end, entry)
                    break


@lru_cache(maxsize=8)
def phrase_counter(entries: tuple[str, ...]) -> PhraseCounter:
    """The counter of a list; built once, however many jobs share the list."""
    return PhraseCounter(entries)


def fold(text: str) -> str:
    """Case-folded character by character, so that positions stay, with ’ ‘ ʼ as '."""
    folded = text.casefold()
    if len(folded) != len(text):
        folded = "".join(map(_fold_character, text))
    return folded.translate(_APOSTROPHES)


def _fold_character(character: str) -> str:
    """A character whose folding is several (ß, İ) is lower-cased, and cut to one."""
    folded = character.casefold()
    return folded if len(folded) == 1 else character.lower()[0]


def _first_run(folded: str) -> str:
    if not folded:
        raise ValueError("a phrase is empty; remove it from the list")
    run = re.match(r"\w+", folded)
    return run.group() if run else folded[0]


def _ends_whole(folded: str, end: int) -> bool:
    at_edge = end == len(folded) or not _is_word_character(folded[end])
    return at_edge or not _is_word_character(folded[end - 1])


def _is_word_character(character: str) -> bool:
    return _WORD_CHARACTER.match(character) is not None
