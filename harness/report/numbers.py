"""Every number of a sweep: estimates, comparisons with Plain, corrected p-values, speed ratios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Literal

from harness.report.sweep_data import JobData, SweepData
from harness.scoring import RatioMeasurement
from harness.scoring.throughput import segment_rates
from harness.statistics import Comparison, Estimate, adjusted, compare, estimate
from harness.statistics.multiplicity import ALPHA

# (job id, metric)
Key = tuple[str, str]
Correction = Literal["holm", "benjamini_hochberg"]


@dataclass(frozen=True)
class Compared:
    """A job against its Plain arm in one metric, corrected for the other comparisons of the sweep."""

    control: str
    comparison: Comparison
    p_adjusted: float
    correction: Correction

    @property
    def is_significant(self) -> bool:
        return self.p_adjusted < ALPHA


@dataclass(frozen=True)
class Speed:
    """Kept tokens per second over Plain's: ratio of medians over segments; slowest and fastest segment."""

    ratio: float
    low: float
    high: float


@dataclass(frozen=True)
class Numbers:
    """What tables and figures draw from; `speeds` goes by job id."""

    estimates: Mapping[Key, Estimate]
    compared: Mapping[Key, Compared]
    speeds: Mapping[str, Speed]


def numbers(sweep: SweepData) -> Numbers:
    """Estimate every measurement of every finished job, and compare the ratios with Plain's where the sweep has it."""
    estimates: dict[Key, Estimate] = {}
    comparisons: dict[Key, Comparison] = {}
    for job in sweep.done:  # both for one job after the other: they share its replicates
        estimates |= {(job.job_id, metric): estimate(found) for metric, found in job.measurements.items()}
        if (plain := sweep.plain_of(job)) is not None:
            comparisons |= {
                (job.job_id, metric): found for metric, found in _comparisons(job, plain, sweep.margins).items()
            }
    speeds = {job.job_id: _speed(job, sweep.plain_of(job)) for job in sweep.done}
    return Numbers(
        estimates,
        _corrected(comparisons, sweep),
        {job_id: speed for job_id, speed in speeds.items() if speed is not None},
    )


def _corrected(comparisons: Mapping[Key, Comparison], sweep: SweepData) -> dict[Key, Compared]:
    controls = {job.job_id: plain.job_id for job in sweep.done if (plain := sweep.plain_of(job)) is not None}
    p_values = {key: comparison.p for key, comparison in comparisons.items()}
    corrected = adjusted(p_values, {key for key in p_values if key[1] in sweep.primary})
    return {
        key: Compared(controls[key[0]], comparison, corrected[key], _correction(key, sweep))
        for key, comparison in comparisons.items()
    }


def _comparisons(job: JobData, plain: JobData, margins: Mapping[str, float]) -> dict[str, Comparison]:
    """Metric → comparison, for the ratio metrics that both jobs carry."""
    pairs = {metric: (measurement, plain.measurements.get(metric)) for metric, measurement in job.measurements.items()}
    compared = {
        metric: compare(treated, control, margins.get(metric))
        for metric, (treated, control) in pairs.items()
        if isinstance(treated, RatioMeasurement) and isinstance(control, RatioMeasurement)
    }
    return {metric: comparison for metric, comparison in compared.items() if comparison is not None}


def _correction(key: Key, sweep: SweepData) -> Correction:
    return "holm" if key[1] in sweep.primary else "benjamini_hochberg"


def _speed(job: JobData, plain: JobData | None) -> Speed | None:
    """None against another sweep's Plain: that ran at another time, or on another machine."""
    rates = segment_rates(job.segments)
    base = segment_rates(plain.segments) if plain and plain.sweep_id == job.sweep_id else []
    if not rates or not base or median(base) == 0:
        return None
    one = median(base)
    return Speed(median(rates) / one, min(rates) / one, max(rates) / one)
