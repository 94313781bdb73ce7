"""What a model says more often than people do, how much more often, and how surely."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.errors import InputError
from harness.profile.baseline import Baseline
from harness.profile.content import NGram, ngrams
from harness.profile.corpus import Text
from harness.scoring.log_odds import LogOdds, log_odds
from harness.scoring.words import words

_REST = ""  # all n-grams that the baseline does not list, together; no n-gram is spelt so


@dataclass(frozen=True)
class Rules:
    """What counts as over-used: an n-gram in `min_prompts` prompts or more, `min_ratio` times as frequent as in human
    texts, and `min_z` standard deviations from them. At most `top` n-grams of each order, the surest first.
    """

    min_prompts: int = 3
    min_ratio: float = 3.0
    min_z: float = 1.5
    top: int = 200

    def __post_init__(self) -> None:
        if min(self.min_prompts, self.top) < 1:
            raise InputError("min_prompts, top", f"{self.min_prompts}, {self.top}", "must be 1 or above")
        if not (self.min_ratio >= 1 and math.isfinite(self.min_z)):
            raise InputError("min_ratio, min_z", f"{self.min_ratio}, {self.min_z}", "must be 1 or above, and a number")


@dataclass(frozen=True, slots=True)
class Seen:
    """Occurrences of an n-gram, and the number of prompts it was an answer to."""

    count: int
    prompts: int


@dataclass(frozen=True)
class Overuse:
    """An over-used n-gram. Rates are occurrences per 1,000 words; `is_unseen`: not in the baseline, so that
    `human_rate` is what its rule for unseen n-grams says. `z`: of the log-odds (harness/scoring/log_odds.py).
    """

    ngram: str
    count: int
    prompts: int
    rate: float
    human_rate: float
    ratio: float
    z: float
    is_unseen: bool


Keep = Callable[[int, NGram], bool]  # whether an n-gram of the n-th text counts


def tally(texts: Sequence[Text], order: int, keep: Keep = lambda index, gram: True) -> dict[str, Seen]:
    """Occurrences and spread of every n-gram; the repeats of a prompt count once for the spread."""
    counts: Counter[str] = Counter()
    prompts: dict[str, set[str]] = {}
    for index, (prompt_id, text) in enumerate(texts):
        for gram in ngrams(text, order):
            if keep(index, gram):
                counts[gram.content] += 1
                prompts.setdefault(gram.content, set()).add(prompt_id)
    return {ngram: Seen(count, len(prompts[ngram])) for ngram, count in counts.items()}


def word_count(texts: Iterable[Text]) -> int:
    return sum(len(words(item.text)) for item in texts)


def overused(
    seen: Mapping[str, Seen],
    order: int,
    total: int,
    baseline: Baseline,
    rules: Rules,
    wanted: Collection[str] | None = None,
) -> list[Overuse]:
    """The over-used n-grams among `wanted` (None: among all), highest z first; `total`: words of the texts."""
    likely = {ngram: found for ngram, found in seen.items() if found.prompts >= rules.min_prompts}
    if not likely or not total:
        return []
    odds = against(baseline, order, {ngram: found.count for ngram, found in seen.items()})
    rated = [
        _rate(ngram, likely[ngram], order, total, baseline, odds[ngram])
        for ngram in likely
        if wanted is None or ngram in wanted
    ]
    found = [use for use in rated if use.ratio >= rules.min_ratio and use.z >= rules.min_z]
    return sorted(found, key=lambda use: (-use.z, use.ngram))[: rules.top]


def against(baseline: Baseline, order: int, counts: Mapping[str, int]) -> dict[str, LogOdds]:
    """Log-odds of texts against the baseline; the prior is the baseline itself, unseen n-grams at their half count.

    So human use is held to be as well known as it was seen. A light prior (a₀ = 1,000) leaves an n-gram that no human
    wrote a prior weight near 0, and a variance so large that it is never sure, however often the model says it.
    """
    listed = baseline.counts[order]
    rest = baseline.totals[order] - sum(listed.values())
    human: dict[str, float] = {**listed, **({_REST: rest} if rest > 0 else {})}
    prior = {**{ngram: baseline.unseen for ngram in counts if ngram not in listed}, **human}
    return log_odds(counts, human, prior, a0=sum(prior.values()))


def _rate(ngram: str, seen: Seen, order: int, total: int, baseline: Baseline, odds: LogOdds) -> Overuse:
    rate, human = 1000 * seen.count / total, 1000 * baseline.count(order, ngram) / baseline.words
    unseen = ngram not in baseline.counts[order]
    return Overuse(ngram, seen.count, seen.prompts, rate, human, rate / human, odds.z, unseen)
