"""Diversity in further forms that papers report: shorter repetitions, their product, EAD and the Vendi score."""

from collections.abc import Sequence
from math import expm1, log1p, prod

from harness.scoring.context import Context
from harness.scoring.measurement import Measurement, RatioMeasurement, SetMeasurement
from harness.scoring.ngrams import repeated_share
from harness.scoring.per_prompt import finished, mean_of_defined
from harness.scoring.registry import scorer
from harness.scoring.vendi import vendi
from harness.scoring.words import words
from harness.store.records import Sample

# The vocabulary of Liu et al. 2022 (BERT's): texts from anywhere have no tokenizer, and one number keeps sets equal.
VOCABULARY = 30_522


@scorer("diversity_more", optional=True)
def diversity_more(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """Per text: rep-2, rep-3, product of 1 − rep-n. Per set: expectation-adjusted distinct words, Vendi score."""
    texts = finished(samples)
    worded = [words(sample.text) for sample in texts]
    return [
        *(_repetition(n, texts, worded) for n in (2, 3)),
        _product(texts, worded),
        _expectation_adjusted(worded),
        _vendi(texts),
    ]


def unrepeated(units: Sequence[str]) -> float | None:
    """Π over n = 2, 3, 4 of 1 − rep-n (Su et al. 2022); None below four words."""
    shares = [repeated_share(units, n) for n in (2, 3, 4)]
    return prod(1.0 - share for share in shares if share is not None) if None not in shares else None


def expectation_adjusted(distinct: int, total: int) -> float:
    """EAD: distinct words over those expected of `total` draws from the vocabulary (Liu et al. 2022)."""
    expected = -VOCABULARY * expm1(total * log1p(-1.0 / VOCABULARY))
    return distinct / expected


def _repetition(n: int, texts: Sequence[Sample], worded: Sequence[list[str]]) -> RatioMeasurement:
    numerator, denominator = mean_of_defined(texts, [repeated_share(found, n) for found in worded])
    reason = f"no text has {n} words"
    return RatioMeasurement(f"rep_{n}", f"share of {n}-grams", "lower", numerator, denominator, reason=reason)


def _product(texts: Sequence[Sample], worded: Sequence[list[str]]) -> RatioMeasurement:
    numerator, denominator = mean_of_defined(texts, [unrepeated(found) for found in worded])
    reason = "no text has four words"
    return RatioMeasurement("rep_product", "product of shares", "higher", numerator, denominator, reason=reason)


def _expectation_adjusted(worded: Sequence[list[str]]) -> SetMeasurement:
    pooled = [word for found in worded for word in found]
    return SetMeasurement(
        name="ead",
        unit="distinct per expected word",
        better="higher",
        value=expectation_adjusted(len(set(pooled)), len(pooled)) if pooled else None,
        n=len(worded),
        reason=None if pooled else "the texts have no words",
    )


def _vendi(texts: Sequence[Sample]) -> SetMeasurement:
    value, n = vendi({sample.cell: sample.text for sample in texts})
    reason = None if value is not None else "fewer than two texts have four characters"
    return SetMeasurement("vendi", "effective texts", "higher", value, n, reason)
