"""What the unmodified model thinks of the text: its log-probability per kept token, EOS included."""

from collections.abc import Sequence

from harness.records import Sample
from harness.scoring.context import Context
from harness.scoring.measurement import Measurement, RatioMeasurement
from harness.scoring.per_prompt import finished, summed
from harness.scoring.registry import scorer


@scorer("fluency")
def fluency(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """Mean base log-probability per kept token (T = 1, no truncation, no ban), and its perplexity.

    A token that the model holds impossible (a forced one) has no finite log-probability and is left out of both sums.
    Higher is not better: a sample of the model itself has the model's own mean. What matters is the distance to Plain.
    """
    texts = finished(samples)
    known = [[x for x in sample.logprobs if x is not None] for sample in texts]
    numerator = summed(texts, [sum(logprobs) for logprobs in known])
    denominator = summed(texts, [len(logprobs) for logprobs in known])
    reason = "the samples carry no log-probabilities"
    return [
        RatioMeasurement("logprob_per_token", "nats/token", "neutral", numerator, denominator, reason=reason),
        RatioMeasurement("perplexity", "1", "neutral", numerator, denominator, link="exp_of_minus", reason=reason),
    ]
