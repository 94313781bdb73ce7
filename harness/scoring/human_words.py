"""Words that texts over-use against people's: frequencies of the `wordfreq` package (Speer 2022), which end in 2021.

The package is an extra, and is loaded when this scorer is selected.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from harness.scoring.context import Context
from harness.scoring.log_odds import log_odds
from harness.scoring.measurement import Measurement, RatioMeasurement, SetMeasurement
from harness.scoring.per_prompt import Sums, finished, summed
from harness.scoring.registry import scorer
from harness.scoring.words import content_words, words
from harness.store.records import Sample

# What counts as a habit: slop-forensics' least length, occurrences and prompts.
MIN_LENGTH, MIN_COUNT, MIN_PROMPTS = 4, 6, 2
TOP = 100
# Words that the human side is taken to hold: the package's rarest word, of frequency 1e-8, stands for ten occurrences.
HUMAN_WORDS = 1e9
NOT_INSTALLED = "wordfreq is not installed"

_REST = ""  # all words but those at hand, together; no word is spelt so
Frequency = Callable[[str], float]  # share of human words; 0 for a word that the package does not know


@dataclass(frozen=True)
class Overused:
    """`ratio`: frequency here over people's; `z`: of the log-odds (harness/scoring/log_odds.py)."""

    word: str
    count: int
    human: float
    ratio: float
    z: float


@scorer("human_words", optional=True)
def human_words(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """How much of the texts the 100 most surely over-used words are, how over-used they are, and words unknown."""
    texts = finished(samples)
    frequency = _frequency()
    if frequency is None:
        return _measured(None, None, len(texts), _unknown({}, {}, NOT_INSTALLED), NOT_INSTALLED)
    worded = [words(sample.text) for sample in texts]
    known = {word: frequency(word) for word in {word for found in worded for word in found}}
    unknown = [sum(known[word] == 0 for word in found) for found in worded]
    top = overused_words(texts, known)[:TOP]
    share = sum(one.count for one in top) / sum(map(len, worded)) if top else None
    return _measured(
        share,
        share / sum(one.human for one in top) if share is not None else None,
        len(texts),
        _unknown(summed(texts, unknown), summed(texts, map(len, worded)), "the texts have no words"),
        f"no word of {MIN_LENGTH} letters is over-used {MIN_COUNT} times, in {MIN_PROMPTS} prompts",
    )


def overused_words(texts: Sequence[Sample], human: Mapping[str, float]) -> list[Overused]:
    """Words with z above 0, the highest first; `human` holds the frequency of every word, 0 where it is unknown.

    Left out are function words, words under 4 letters, seen fewer than 6 times or in one prompt, and unknown ones.
    """
    counts: Counter[str] = Counter()
    spread = Counter[str]()
    for prompt_words in _by_prompt(texts).values():
        counts.update(prompt_words)
        spread.update(set(prompt_words))
    total = counts.total()
    here = {word: count for word, count in counts.items() if human[word] > 0}
    here[_REST] = total - sum(here.values())
    prior = {word: human[word] for word in here if word}
    prior[_REST] = max(1.0 - sum(prior.values()), 1.0 / HUMAN_WORDS)
    odds = log_odds(here, {word: share * HUMAN_WORDS for word, share in prior.items()}, prior)
    found = [
        Overused(word, count, human[word], count / total / human[word], odds[word].z)
        for word in content_words(list(here))
        if len(word) >= MIN_LENGTH and (count := here[word]) >= MIN_COUNT
        if spread[word] >= MIN_PROMPTS and odds[word].z > 0
    ]
    return sorted(found, key=lambda one: (-one.z, one.word))


def _measured(
    share: float | None, ratio: float | None, n: int, unknown: RatioMeasurement, reason: str
) -> list[Measurement]:
    why = None if share is not None else reason
    return [
        SetMeasurement("overused_share", "share of words", "lower", share, n, why),
        SetMeasurement("overused_ratio", "times as often as people", "lower", ratio, n, why),
        unknown,
    ]


def _unknown(numerator: Sums, denominator: Sums, reason: str) -> RatioMeasurement:
    return RatioMeasurement("unknown_share", "share of words", "neutral", numerator, denominator, reason=reason)


def _by_prompt(texts: Sequence[Sample]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for sample in texts:
        found.setdefault(sample.prompt_id, []).extend(words(sample.text))
    return found


def _frequency() -> Frequency | None:
    """English, by the package's own reading of a word ("moon's" is "moon")."""
    try:
        package = import_module("wordfreq")
    except ImportError:
        return None
    return lambda word: float(package.word_frequency(word, "en"))
