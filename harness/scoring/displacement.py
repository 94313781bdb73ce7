"""Where banned slop goes: n-grams that one set of texts over-uses against another, a strategy's against Plain's.

A ban that only moves the model to the next cliché shows here, whether or not anybody listed that cliché beforehand.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from harness.scoring.log_odds import log_odds
from harness.scoring.ngrams import ngrams
from harness.scoring.per_prompt import finished
from harness.scoring.words import content_words, words
from harness.store.records import Sample

ORDERS = (1, 2, 3)
# What one prompt asks for is no habit.
MIN_PROMPTS = 2
TOP = 20

_SENTENCE_END = re.compile(r"[.!?…\n]+")

Gram = tuple[Hashable, ...]
Sentences = dict[str, list[list[str]]]  # prompt id → content words of each sentence of its texts
_REST: Gram = ()


@dataclass(frozen=True)
class Displaced:
    """An n-gram of content words and how often each side has it; `prompts`: those of the treated side that have it.

    `log_ratio` and `z` are Monroe's (harness/scoring/log_odds.py), above 0 where the treated side has more.
    """

    ngram: str
    order: int
    count: int
    control_count: int
    prompts: int
    log_ratio: float
    z: float


def displacement(treated: Sequence[Sample], control: Sequence[Sample], top: int = TOP) -> list[Displaced]:
    """For each order 1, 2, 3 the `top` n-grams with the highest z above 0, on the prompts that both sides have.

    Stop words are taken out and n-grams do not cross the end of a sentence. One that stands in fewer than two prompts
    is left out. z ranks: among thousands of n-grams some exceed any threshold by chance.
    """
    shared = {sample.prompt_id for sample in treated} & {sample.prompt_id for sample in control}
    sides = [_sentences([sample for sample in side if sample.prompt_id in shared]) for side in (treated, control)]
    return [found for order in ORDERS for found in _of_order(order, sides[0], sides[1])[:top]]


def _sentences(samples: Sequence[Sample]) -> Sentences:
    found: Sentences = defaultdict(list)
    for sample in finished(samples):
        found[sample.prompt_id] += [content_words(words(part)) for part in _SENTENCE_END.split(sample.text)]
    return found


def _of_order(order: int, treated: Sentences, control: Sentences) -> list[Displaced]:
    """Highest z first; equal ones in alphabetical order."""
    counts, prompts = _tally(order, treated)
    before, _ = _tally(order, control)
    candidates = [gram for gram, spread in prompts.items() if spread >= MIN_PROMPTS]
    found = [
        Displaced(" ".join(map(str, gram)), order, counts[gram], before[gram], prompts[gram], odds.log_ratio, odds.z)
        for gram, odds in log_odds(_with_rest(counts, candidates), _with_rest(before, candidates)).items()
        if odds.z > 0 and gram != _REST
    ]
    return sorted(found, key=lambda one: (-one.z, one.ngram))


def _tally(order: int, sentences: Sentences) -> tuple[Counter[Gram], Counter[Gram]]:
    """Occurrences of each n-gram, and the number of prompts that have it."""
    counts: Counter[Gram] = Counter()
    prompts: Counter[Gram] = Counter()
    for parts in sentences.values():
        grams = [gram for part in parts for gram in ngrams(part, order)]
        counts.update(grams)
        prompts.update(set(grams))
    return counts, prompts


def _with_rest(counts: Counter[Gram], candidates: Sequence[Gram]) -> dict[Gram, int]:
    """The candidates' counts and, if there are others, their sum: odds hang on no more, and the others are millions."""
    kept = {gram: counts[gram] for gram in candidates}
    rest = counts.total() - sum(kept.values())
    return {**kept, _REST: rest} if rest else kept
