"""What the unmodified model thinks of the text, EOS included, and what the strategy made it give up."""

from collections.abc import Iterator, Sequence

from harness.scoring.context import Context
from harness.scoring.measurement import Measurement, RatioMeasurement
from harness.scoring.per_prompt import finished, mean_of_defined, summed
from harness.scoring.registry import scorer
from harness.scoring.rewind_sites import NO_REWIND, rewind_sites
from harness.store.records import Sample


@scorer("fluency")
def fluency(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """Mean base log-probability per kept token (T = 1, no truncation, no ban), its perplexity, regret and ban cost.

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
        _regret(texts),
        _ban_cost(texts),
    ]


def regrets(sample: Sample) -> Iterator[float]:
    """Nats given up at each place that was gone back to: log p(first token taken back) - log p(token that stands).

    Only where the prefix still stands, so that both were possible next tokens of the same text.
    """
    for site in rewind_sites(sample.events):
        stands = sample.logprobs[site.to] if site.stands and site.to < len(sample.logprobs) else None
        if site.logprob is not None and stands is not None:
            yield site.logprob - stands


def _regret(texts: Sequence[Sample]) -> RatioMeasurement:
    found = [list(regrets(sample)) for sample in texts]
    return RatioMeasurement(
        name="regret_per_site",
        unit="nats/site",
        better="lower",
        numerator=summed(texts, map(sum, found)),
        denominator=summed(texts, map(len, found)),
        reason=_why_no_regret(texts),
        counts=False,
    )


def _why_no_regret(texts: Sequence[Sample]) -> str:
    rewinds = [event for sample in texts for event in sample.events if event["kind"] == "rewind"]
    if not rewinds:
        return NO_REWIND
    if not any("logprob" in event for event in rewinds):
        return "the samples do not carry the log-probabilities of what was taken back"
    return "no site that stands has a finite log-probability of both tokens"


def _ban_cost(texts: Sequence[Sample]) -> RatioMeasurement:
    nats = [sample.cost.get("ban_nats") for sample in texts]
    kept = [sample.cost["kept"] if spent is not None else None for sample, spent in zip(texts, nats, strict=True)]
    return RatioMeasurement(
        name="ban_nats_per_1k_kept",
        unit="nats/1k tokens",
        better="lower",
        numerator=mean_of_defined(texts, nats)[0],
        denominator=mean_of_defined(texts, kept)[0],
        scale=1000.0,
        reason="the samples do not carry what their bans cost, or kept no token",
        counts=False,
    )
