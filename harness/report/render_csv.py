"""table.csv: one row per job and metric, everything the statistics say about it; names as in docs/METRICS.md."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from harness.report.csv_cells import record
from harness.report.numbers import Compared, Numbers, Speed
from harness.report.sweep_data import JobData, SweepData
from harness.statistics import Equivalence, Estimate, Interval, RelativeChange

FIELDS = (
    *("sweep_id", "job_id", "model", "strategy", "options", "decoding", "metric", "unit", "better"),
    *("value", "ci_low", "ci_high", "ci_method", "n", "trials", "reason"),
    *("control_job_id", "difference", "difference_ci_low", "difference_ci_high", "difference_ci_method"),
    *("relative_change", "relative_change_ci_low", "relative_change_ci_high", "relative_change_ci_method"),
    *("d_z", "cliffs_delta", "detectable", "margin", "equivalence", "p", "p_adjusted", "correction", "n_pairs"),
)
SPEED_UNIT = "share of Plain's kept tokens/s"


def render_csv(sweep: SweepData, numbers: Numbers) -> str:
    """RFC 4180 with a header; an absent number is an empty field, floats are written in full."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n", restval="")
    writer.writeheader()
    for job in sweep.done:
        writer.writerows(record({**job_fields(job), **row}) for row in _records(job, numbers))
    return out.getvalue()


def _records(job: JobData, numbers: Numbers) -> Iterator[dict[str, Any]]:
    for metric, measurement in job.measurements.items():
        key = (job.job_id, metric)
        compared = numbers.compared.get(key)
        yield {
            "metric": metric,
            "unit": measurement.unit,
            "better": measurement.better,
            **_estimate(numbers.estimates[key]),
            **(_comparison(compared) if compared else {}),
        }
    if job.job_id in numbers.speeds:
        yield from _speed(job, numbers.speeds[job.job_id])


def job_fields(job: JobData) -> dict[str, Any]:
    """What says which job a row is about."""
    return {
        "sweep_id": job.sweep_id,
        "job_id": job.job_id,
        "model": job.model,
        "strategy": job.strategy,
        "options": json.dumps(job.options, sort_keys=True, ensure_ascii=False),
        "decoding": json.dumps(job.decoding, sort_keys=True, ensure_ascii=False),
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    interval = _interval("ci", estimate.interval)
    return {"value": estimate.value, **interval, "n": estimate.n, "trials": estimate.trials, "reason": estimate.reason}


def _comparison(compared: Compared) -> dict[str, Any]:
    comparison = compared.comparison
    return {
        "control_job_id": compared.control,
        "difference": comparison.difference,
        **_interval("difference_ci", comparison.interval),
        **_relative(comparison.relative),
        "d_z": comparison.d_z,
        "cliffs_delta": comparison.cliffs_delta,
        "detectable": comparison.detectable,
        **_equivalence(comparison.equivalence),
        "p": comparison.p,
        "p_adjusted": compared.p_adjusted,
        "correction": compared.correction,
        "n_pairs": comparison.n,
    }


def _relative(change: RelativeChange | None) -> dict[str, Any]:
    if change is None:
        return {}
    return {"relative_change": change.value, **_interval("relative_change_ci", change.interval)}


def _equivalence(found: Equivalence | None) -> dict[str, Any]:
    return {} if found is None else {"margin": found.margin, "equivalence": found.verdict}


def _interval(prefix: str, interval: Interval | None) -> dict[str, Any]:
    if interval is None:
        return {}
    return {f"{prefix}_low": interval.low, f"{prefix}_high": interval.high, f"{prefix}_method": interval.method}


def speed_values(speed: Speed) -> dict[str, float]:
    """The speed ratios under their metrics' names."""
    return {"tok_per_s_ratio": speed.ratio, "tok_per_s_ratio_min": speed.low, "tok_per_s_ratio_max": speed.high}


def _speed(job: JobData, speed: Speed) -> Iterator[dict[str, Any]]:
    for name, value in speed_values(speed).items():
        named = {"metric": f"throughput.{name}", "unit": SPEED_UNIT, "better": "higher"}
        yield {**named, "value": value, "n": len(job.segments)}
