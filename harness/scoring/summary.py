"""Measurements → the entries of scores.json."""

from collections.abc import Mapping
from typing import Any

from harness.scoring.measurement import Measurement
from harness.statistics.estimate import estimate

# "<scorer>" → "<metric>" → {"value", "ci", "n", "unit"}, and "reason" where the value is null.
Scores = dict[str, dict[str, dict[str, Any]]]


def summarise(measurements: Mapping[str, Measurement]) -> Scores:
    """Value, 95 % interval over prompts, n and unit of every measurement, grouped by scorer."""
    scores: Scores = {}
    for key, measurement in measurements.items():
        scorer_name, metric = key.split(".", 1)
        scores.setdefault(scorer_name, {})[metric] = _entry(measurement)
    return scores


def _entry(measurement: Measurement) -> dict[str, Any]:
    estimated = estimate(measurement)
    interval = estimated.interval
    entry: dict[str, Any] = {
        "value": estimated.value,
        "ci": None if interval is None else [interval.low, interval.high],
        "n": estimated.n,
        "unit": measurement.unit,
    }
    return entry if estimated.reason is None else {**entry, "reason": estimated.reason}
