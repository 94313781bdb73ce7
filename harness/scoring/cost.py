"""What a strategy pays: forwards, discarded draws, rewinds, waiting, re-fed tokens; never one "tokens"."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.scoring.context import Context
from harness.scoring.measurement import Measurement, RatioMeasurement, SetMeasurement
from harness.scoring.per_prompt import finished, summed
from harness.scoring.registry import scorer
from harness.scoring.rewind_sites import NO_REWIND
from harness.scoring.waste import wasted
from harness.store.records import Sample

NOTHING_KEPT = "no token was kept"
NO_WAITS = "the samples do not carry how long their tokens were held back, or kept none"


@scorer("cost")
def cost(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """Forwards, wasted and in all, re-fed tokens and rewinds per kept token, discarded share of draws, depth, waits."""
    texts = finished(samples)
    kept = _counted(texts, "kept")
    rewinds = summed(texts, [len(rewind_depths(sample)) for sample in texts])
    return [
        RatioMeasurement(
            "forwards_per_kept", "forwards/token", "lower", _counted(texts, "forwards"), kept, reason=NOTHING_KEPT
        ),
        RatioMeasurement(
            name="discarded_fraction",
            unit="share of draws",
            better="lower",
            numerator=_counted(texts, "discarded"),
            denominator=_counted(texts, "drawn"),
            reason="nothing was drawn",
        ),
        RatioMeasurement(
            name="wasted_forwards_per_1k_kept",
            unit="forwards/1k tokens",
            better="lower",
            numerator=summed(texts, [sum(rewind.forwards for rewind in wasted(sample.events)) for sample in texts]),
            denominator=kept,
            scale=1000.0,
            reason=NOTHING_KEPT,
        ),
        rewind_rate(texts),
        RatioMeasurement(
            "refed_per_kept", "tokens/token", "lower", _counted(texts, "refed"), kept, reason=NOTHING_KEPT
        ),
        *_depth(texts, rewinds),
        *_holdback(texts),
        _passed(texts),
    ]


def rewind_rate(texts: Sequence[Sample]) -> RatioMeasurement:
    """`rewinds_per_100_kept` alone, of texts that finished."""
    rewinds = summed(texts, [len(rewind_depths(sample)) for sample in texts])
    kept = _counted(texts, "kept")
    return RatioMeasurement(
        "rewinds_per_100_kept", "rewinds/100 tokens", "lower", rewinds, kept, scale=100.0, reason=NOTHING_KEPT
    )


def rewind_depths(sample: Sample) -> list[int]:
    """Tokens taken back by each rewind, in order."""
    return [event["at"] - event["to"] for event in sample.events if event["kind"] == "rewind"]


def _counted(texts: Sequence[Sample], field: str) -> Mapping[str, float]:
    return summed(texts, [sample.cost[field] for sample in texts])


def _depth(texts: Sequence[Sample], rewinds: Mapping[str, float]) -> list[Measurement]:
    depths = [rewind_depths(sample) for sample in texts]
    pooled = [depth for found in depths for depth in found]
    return [
        RatioMeasurement(
            name="rewind_depth",
            unit="tokens",
            better="lower",
            numerator=summed(texts, [sum(found) for found in depths]),
            denominator=rewinds,
            reason=NO_REWIND,
        ),
        _quantile("rewind_depth_p50", "tokens", pooled, 0.5, NO_REWIND),
        _quantile("rewind_depth_p95", "tokens", pooled, 0.95, NO_REWIND),
        _quantile("rewind_depth_max", "tokens", pooled, 1.0, NO_REWIND),
    ]


def _holdback(texts: Sequence[Sample]) -> list[Measurement]:
    """Draws between the draw of a kept token and the moment from which nothing takes it back."""
    histograms = [sample.cost.get("held_back", {}) for sample in texts]
    waits = [int(draws) for found in histograms for draws, tokens in found.items() for _ in range(tokens)]
    return [
        _quantile("holdback_p50", "draws", waits, 0.5, NO_WAITS),
        _quantile("holdback_p95", "draws", waits, 0.95, NO_WAITS),
    ]


def _quantile(name: str, unit: str, values: Sequence[int], level: float, reason: str) -> SetMeasurement:
    # The inverse of the empirical distribution: always a value that occurred.
    value = float(np.quantile(values, level, method="inverted_cdf")) if values else None
    return SetMeasurement(name, unit, "lower", value, len(values), None if values else reason)


def _passed(texts: Sequence[Sample]) -> RatioMeasurement:
    passed = [sum(map(_is_passed, sample.events)) for sample in texts]
    return RatioMeasurement(
        name="passed_per_text",
        unit="phrases/text",
        better="lower",
        numerator=summed(texts, passed),
        denominator=summed(texts, [1] * len(texts)),
        reason="there are no texts",
    )


def _is_passed(event: Mapping[str, Any]) -> bool:
    return event["kind"] == "note" and str(event["note"]).startswith("passed ")
