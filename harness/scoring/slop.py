"""How often a text says what it should not: hits on the banned list, and on a list the sampler never saw.

Suppression of the banned list alone is total by construction, so the held-out list stands beside it.
"""

from collections import Counter
from collections.abc import Sequence

from harness.records import Sample
from harness.scoring.context import Context
from harness.scoring.measurement import Measurement, RatioMeasurement
from harness.scoring.per_prompt import finished, summed
from harness.scoring.phrase_counter import phrase_counter
from harness.scoring.registry import scorer
from harness.scoring.words import words


@scorer("slop")
def slop(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """Hits per 1,000 words (banned, held-out), per 1,000 characters, and the share of texts with a hit.

    A list that is not given leaves its metrics out.
    """
    texts = finished(samples)
    measured: list[Measurement] = []
    if context.phrases:
        measured += _banned(texts, _hits(texts, context.phrases))
    if context.heldout:
        measured.append(_per_1k_words("heldout_hits_per_1k_words", texts, _hits(texts, context.heldout)))
    return measured


def phrase_counts(samples: Sequence[Sample], entries: tuple[str, ...]) -> Counter[str]:
    """Entry → hits over all texts, most frequent first; entries without a hit are left out."""
    counter = phrase_counter(entries)
    counts = Counter(hit.entry for sample in finished(samples) for hit in counter.hits(sample.text))
    return Counter(dict(counts.most_common()))


def _banned(texts: Sequence[Sample], hits: Sequence[int]) -> list[Measurement]:
    return [
        _per_1k_words("hits_per_1k_words", texts, hits),
        RatioMeasurement(
            name="hits_per_1k_chars",
            unit="hits/1k characters",
            better="lower",
            numerator=summed(texts, hits),
            denominator=summed(texts, [len(sample.text) for sample in texts]),
            scale=1000.0,
            reason="the texts are empty",
        ),
        RatioMeasurement(
            name="texts_with_hit",
            unit="share of texts",
            better="lower",
            numerator=summed(texts, [count > 0 for count in hits]),
            denominator=summed(texts, [1] * len(texts)),
            reason="there are no texts",
        ),
    ]


def _per_1k_words(name: str, texts: Sequence[Sample], hits: Sequence[int]) -> RatioMeasurement:
    return RatioMeasurement(
        name=name,
        unit="hits/1k words",
        better="lower",
        numerator=summed(texts, hits),
        denominator=summed(texts, [len(words(sample.text)) for sample in texts]),
        scale=1000.0,
        reason="the texts have no words",
    )


def _hits(texts: Sequence[Sample], entries: tuple[str, ...]) -> list[int]:
    counter = phrase_counter(entries)
    return [sum(1 for _ in counter.hits(sample.text)) for sample in texts]
