"""waste.csv: what each job's rewinds threw away, in all, by kind of reason and by reason, the dearest first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from harness.report.csv_cells import record
from harness.report.findings import Findings
from harness.report.render_csv import job_fields
from harness.report.waste import NO_INTERVAL, UNIT, Part, Waste

FIELDS = (
    *("sweep_id", "job_id", "model", "strategy", "options", "decoding", "kind", "name"),
    *("rewinds", "tokens_discarded", "forwards_discarded", "forwards_repeated"),
    *("share_of_draws", "share_of_forwards", "tokens_per_1k_kept", "forwards_per_1k_kept"),
    *("ci_low", "ci_high", "ci_method", "unit", "prompts", "n", "reason"),
)


def render_waste(findings: Findings) -> str:
    """RFC 4180 with a header; a number that does not exist is an empty field, and `reason` says why."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n", restval="")
    writer.writeheader()
    for job in findings.sweep.done:
        waste = findings.waste[job.job_id]
        named = job_fields(job)
        writer.writerows(record({**named, **_record(part, waste)}) for part in _parts(waste))
        if waste.untold:
            untold = {"kind": "untold", "forwards_discarded": waste.untold, "n": waste.prompts}
            writer.writerow(record({**named, **untold}))
    return out.getvalue()


def _parts(waste: Waste) -> Iterator[Part]:
    yield waste.total
    yield from waste.kinds
    yield from waste.reasons


def _record(part: Part, waste: Waste) -> dict[str, Any]:
    return {
        "kind": part.reason.kind,
        "name": part.reason.name,
        "rewinds": part.rewinds,
        "tokens_discarded": part.tokens,
        "forwards_discarded": part.discarded,
        "forwards_repeated": part.repeated,
        "share_of_draws": _over(part.tokens, waste.drawn),
        "share_of_forwards": _over(part.forwards, waste.forwards),
        "tokens_per_1k_kept": _over(1000 * part.tokens, waste.kept),
        "forwards_per_1k_kept": _over(1000 * part.forwards, waste.kept),
        **_interval(part),
        "unit": UNIT,
        "prompts": part.prompts,
        "n": waste.prompts,
    }


def _over(amount: int, whole: int) -> float | None:
    return amount / whole if whole else None


def _interval(part: Part) -> dict[str, Any]:
    if part.rate is None:
        return {"reason": NO_INTERVAL}
    interval = part.rate.interval
    if interval is None:
        return {"reason": part.rate.reason or f"no interval from {part.rate.n} prompt(s)"}
    return {"ci_low": interval.low, "ci_high": interval.high, "ci_method": interval.method}
