"""Where banned slop goes: n-grams that one set of texts over-uses against another, a strategy's against Plain's.

A ban that only moves the model to the next cliché shows here, whether or not anybody listed that cliché beforehand.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from harness.records import Sample
from harness.scoring.log_odds import log_odds
from harness.scoring.ngrams import ngrams
from harness.scoring.per_prompt import finished
from harness.scoring.words import content_words, words

ORDERS = (1, 2, 3)
# What one prompt asks for is no habit.
MIN_PROMPTS = 2
TOP = 20

_SENTENCE_END = re.compile(r"[.!?…\n]+")

Gram = tuple[Hashable, ...]


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
    sides = [[sample for sample in finished(side) if sample.prompt_id in shared] for side in (treated, control)]
    return [found for order in ORDERS for found in _of_order(order, sides[0], sides[1])[:top]]


def _of_order(order: int, treated: Sequence[Sample], control: Sequence[Sample]) -> list[Displaced]:
    """Highest z first; equal ones in alphabetical order."""
    prompts: dict[Gram, set[str]] = defaultdict(set)
    counts: Counter[Gram] = Counter()
    for sample in treated:
        for gram in _content_ngrams(sample.text, order):
            counts[gram] += 1
            prompts[gram].add(sample.prompt_id)
    before = Counter(gram for sample in control for gram in _content_ngrams(sample.text, order))
    found = [
        Displaced(
            " ".join(map(str, gram)), order, counts[gram], before[gram], len(prompts[gram]), odds.log_ratio, odds.z
        )
        for gram, odds in log_odds(counts, before).items()
        if odds.z > 0 and len(prompts[gram]) >= MIN_PROMPTS
    ]
    return sorted(found, key=lambda one: (-one.z, one.ngram))


def _content_ngrams(text: str, order: int) -> Iterator[Gram]:
    for sentence in _SENTENCE_END.split(text):
        yield from ngrams(content_words(words(sentence)), order)
