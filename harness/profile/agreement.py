"""How well a found list agrees with a known one, judged by what they find in the same texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from harness.profile.corpus import Text
from harness.scoring.phrase_counter import Hit, PhraseCounter


class Agreement(NamedTuple):
    """`precision`: share of the found entries that are right; `recall`: share of the known ones that were rediscovered;
    None where there are none. `wrong` and `missed` are the others, of `found` and `known` entries.

    An entry is right when at least half of its occurrences overlap one of the other list's. Entries that do not occur
    are left out.
    """

    precision: float | None
    recall: float | None
    found: int
    known: int
    wrong: tuple[str, ...]
    missed: tuple[str, ...]


def agreement(texts: Sequence[Text], found: Iterable[str], known: Iterable[str], least: int = 1) -> Agreement:
    """Compare two lists on texts; known entries that occur fewer than `least` times could not be found, and are out."""
    ours, theirs = _hits(texts, found), _hits(texts, known)
    theirs = {entry: hits for entry, hits in theirs.items() if len(hits) >= least}
    wrong, missed = _alone(ours, theirs), _alone(theirs, ours)
    return Agreement(_share(ours, wrong), _share(theirs, missed), len(ours), len(theirs), wrong, missed)


Places = dict[str, list[tuple[int, Hit]]]  # entry → (text's number, hit)


def _hits(texts: Sequence[Text], entries: Iterable[str]) -> Places:
    """Each entry's own occurrences: entries of one list do not compete for the text here."""
    places: Places = defaultdict(list)
    for entry in entries:
        counter = PhraseCounter((entry,))
        for number, item in enumerate(texts):
            places[entry] += [(number, hit) for hit in counter.hits(item.text)]
    return {entry: hits for entry, hits in places.items() if hits}


def _alone(ones: Places, others: Places) -> tuple[str, ...]:
    """The entries of `ones` that mostly stand where none of `others` does."""
    taken: dict[int, set[int]] = defaultdict(set)
    for hits in others.values():
        for number, hit in hits:
            taken[number].update(range(hit.start, hit.end))
    return tuple(entry for entry, hits in ones.items() if not _is_met(hits, taken))


def _share(entries: Places, without: Sequence[str]) -> float | None:
    return 1 - len(without) / len(entries) if entries else None


def _is_met(hits: Sequence[tuple[int, Hit]], taken: dict[int, set[int]]) -> bool:
    return 2 * sum(not taken[number].isdisjoint(range(hit.start, hit.end)) for number, hit in hits) >= len(hits)
