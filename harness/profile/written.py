"""From n-grams of content words to phrases as they were written, and what is left to ban beside them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from harness.profile.baseline import Baseline
from harness.profile.content import NGram, ngrams
from harness.profile.corpus import Text
from harness.profile.overuse import Overuse, Rules, overused, tally, word_count
from harness.scoring.phrase_counter import PhraseCounter, fold
from harness.visible import visible

_ODD_SPACE = re.compile(r"\s\s|[^\S ]")

Spans = Sequence[Sequence[tuple[int, int]]]  # of each text, in order


def phrases(texts: Sequence[Text], wanted: Collection[str], order: int, min_prompts: int) -> list[str]:
    """Substrings that spell a wanted n-gram, each in `min_prompts` prompts or more, in alphabetical order.

    Case folded they are one phrase, which is spelt as it was most often. One that no list could hold or no text
    repeats (odd white space, characters that act) is left out.
    """
    spellings: dict[str, Counter[str]] = {}
    prompts: dict[str, set[str]] = {}
    for prompt_id, text in texts:
        for gram in ngrams(text, order):
            if gram.content in wanted and _is_plain(written := text[gram.start : gram.end]):
                spellings.setdefault(fold(written), Counter())[written] += 1
                prompts.setdefault(fold(written), set()).add(prompt_id)
    spread = [key for key in sorted(spellings) if len(prompts[key]) >= min_prompts]
    return [min(spellings[key], key=lambda written: (-spellings[key][written], written)) for key in spread]


def ban_entries(
    texts: Sequence[Text], baseline: Baseline, found: dict[int, list[Overuse]], rules: Rules
) -> tuple[list[str], list[str]]:
    """Phrases and words to ban. Longest first: what a longer phrase explains no shorter entry is listed for.

    So "heart" is not banned for what "heart skipped a beat" does. Of two entries of which one contains the other, the
    shorter stays: it finds both.
    """
    entries: list[str] = []
    for order in (3, 2):
        entries += phrases(texts, _left(texts, entries, order, baseline, found, rules), order, rules.min_prompts)
    single = phrases(texts, _left(texts, entries, 1, baseline, found, rules), 1, rules.min_prompts)
    kept = shortest([*single, *entries])
    return [entry for entry in kept if entry not in single], [entry for entry in kept if entry in single]


def shortest(entries: Iterable[str]) -> list[str]:
    """The entries in which no other one is found, in alphabetical order."""
    kept: list[str] = []
    for entry in sorted(entries, key=lambda entry: (len(entry), entry)):
        if not any(PhraseCounter(tuple(kept)).hits(entry)):
            kept.append(entry)
    return sorted(kept)


def _left(
    texts: Sequence[Text],
    entries: Sequence[str],
    order: int,
    baseline: Baseline,
    found: dict[int, list[Overuse]],
    rules: Rules,
) -> set[str]:
    """The over-used n-grams of an order that still are when what stands inside `entries` is set aside."""
    wanted = {use.ngram for use in found[order]}
    spans = _spans(texts, entries)
    outside = tally(texts, order, lambda index, gram: not _inside(gram, spans[index]))
    return {use.ngram for use in overused(outside, order, word_count(texts), baseline, rules, wanted)}


def _spans(texts: Sequence[Text], entries: Sequence[str]) -> Spans:
    if not entries:
        return [()] * len(texts)
    counter = PhraseCounter(tuple(entries))
    return [[(hit.start, hit.end) for hit in counter.hits(item.text)] for item in texts]


def _inside(gram: NGram, spans: Sequence[tuple[int, int]]) -> bool:
    """Spans are sorted and do not overlap."""
    index = bisect_right(spans, gram.start, key=lambda span: span[0]) - 1
    return index >= 0 and gram.end <= spans[index][1]


def _is_plain(written: str) -> bool:
    return written == visible(written) and not _ODD_SPACE.search(written)
