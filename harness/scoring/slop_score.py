"""Slop as two neighbouring projects count it, so that published rates can be checked: slop-score and slop-forensics.

Their lists are compared word by word: an entry is a hit where its words stand next to each other, whatever punctuation
is between them, and "moon's" is no "moon". A phrase of this project's own lists is compared as text instead
(`phrase_counter`).
"""

from collections.abc import Collection, Sequence

from harness.scoring.context import Context
from harness.scoring.contrast import contrasts
from harness.scoring.measurement import Measurement
from harness.scoring.ngrams import ngrams
from harness.scoring.per_prompt import finished
from harness.scoring.rates import per_1k_chars, per_1k_words
from harness.scoring.registry import scorer
from harness.scoring.words import content_words, words
from harness.store.records import Sample

# Words, bigrams, trigrams in slop-forensics' index.
WEIGHTS = {1: 1, 2: 2, 3: 8}

Grams = frozenset[tuple[str, ...]]


@scorer("slop_score", optional=True)
def slop_score(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """Rates of listed words and trigrams per 1,000 words, slop-forensics' index, "not X but Y" per 1,000 characters.

    Entries are taken by their number of words from the phrases and the trigrams; a length that no entry has leaves its
    metrics out.
    """
    texts = finished(samples)
    streams = [words(sample.text) for sample in texts]
    lists = {n: entries_of(n, (*context.phrases, *context.trigrams)) for n in WEIGHTS}
    measured: list[Measurement] = []
    if lists[1]:
        measured.append(per_1k_words("words_per_1k_words", texts, [_hits(stream, lists[1], 1) for stream in streams]))
    if lists[3]:
        plain = [_hits(stream, lists[3], 3) for stream in streams]
        content = [_hits(content_words(stream), lists[3], 3) for stream in streams]
        measured.append(per_1k_words("trigrams_per_1k_words", texts, plain))
        measured.append(per_1k_words("content_trigrams_per_1k_words", texts, content))
    if any(lists.values()):
        weighted = [sum(WEIGHTS[n] * _hits(stream, lists[n], n) for n in WEIGHTS) for stream in streams]
        measured.append(per_1k_words("forensics_index", texts, weighted, "weighted hits"))
    figures = [contrasts(sample.text) for sample in texts]
    return [*measured, per_1k_chars("contrast_per_1k_chars", texts, figures)]


def entries_of(n: int, entries: Collection[str]) -> Grams:
    """The entries that are n words, as their words."""
    return frozenset(found for entry in entries if len(found := tuple(words(entry))) == n)


def _hits(stream: Sequence[str], listed: Grams, n: int) -> int:
    """n-grams of the stream that are listed; overlapping ones count each."""
    return sum(gram in listed for gram in ngrams(stream, n)) if listed else 0
