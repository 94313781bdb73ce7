"""What must not change unnoticed: how long the texts are, and how they ended. A shorter text has less slop for free."""

from collections.abc import Sequence

from harness.scoring.context import Context
from harness.scoring.measurement import Better, Measurement, RatioMeasurement
from harness.scoring.per_prompt import Sums, finished, summed
from harness.scoring.registry import scorer
from harness.scoring.words import word_count
from harness.store.records import Sample

# Share → the finish reason it counts. "length" is the truncated text, "budget" the row that ran out of draws.
ENDINGS = {
    "eos_share": "eos",
    "truncated_share": "length",
    "stop_share": "stop",
    "exhausted_share": "exhausted",
    "budget_share": "budget",
    "error_share": "error",
}


@scorer("guards")
def guards(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """Words and tokens per text, share of empty texts, and shares of samples by how they ended, failures included."""
    texts = finished(samples)
    of_texts = summed(texts, [1] * len(texts))
    of_samples = summed(samples, [1] * len(samples))
    word_counts = summed(texts, [word_count(sample.text) for sample in texts])
    token_counts = summed(texts, [len(sample.tokens) for sample in texts])
    empty = summed(texts, [not sample.text.strip() for sample in texts])
    return [
        _per("words_per_text", "words", "neutral", word_counts, of_texts),
        _per("tokens_per_text", "tokens", "neutral", token_counts, of_texts),
        _per("empty_share", "share of texts", "lower", empty, of_texts),
        *(_ending(name, reason, samples, of_samples) for name, reason in ENDINGS.items()),
    ]


def _ending(name: str, reason: str, samples: Sequence[Sample], of_samples: Sums) -> RatioMeasurement:
    ended = summed(samples, [sample.finish_reason == reason for sample in samples])
    better: Better = "lower" if reason in ("exhausted", "budget", "error") else "neutral"
    return _per(name, "share of samples", better, ended, of_samples)


def _per(name: str, unit: str, better: Better, numerator: Sums, denominator: Sums) -> RatioMeasurement:
    return RatioMeasurement(name, unit, better, numerator, denominator, reason="there are no samples")
