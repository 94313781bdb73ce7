"""Rates per text length, as ratios of sums over prompts."""

from collections.abc import Sequence

from harness.scoring.measurement import RatioMeasurement
from harness.scoring.per_prompt import Sums, summed
from harness.scoring.words import word_count
from harness.store.records import Sample


def per_1k_words(name: str, texts: Sequence[Sample], hits: Sequence[float], unit: str = "hits") -> RatioMeasurement:
    """1000 · Σ hits / Σ words; one number of hits per text, in order."""
    counts = summed(texts, [word_count(sample.text) for sample in texts])
    return _rate(name, f"{unit}/1k words", summed(texts, hits), counts, "the texts have no words")


def per_1k_chars(name: str, texts: Sequence[Sample], hits: Sequence[float]) -> RatioMeasurement:
    """1000 · Σ hits / Σ characters, in code points of the text as it stands."""
    lengths = summed(texts, [len(sample.text) for sample in texts])
    return _rate(name, "hits/1k characters", summed(texts, hits), lengths, "the texts are empty")


def _rate(name: str, unit: str, hits: Sums, lengths: Sums, reason: str) -> RatioMeasurement:
    return RatioMeasurement(name, unit, "lower", hits, lengths, scale=1000.0, reason=reason)
