"""displacement.csv: the n-grams that each job over-uses against its Plain arm, surest first."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, fields

from harness.report.csv_cells import record
from harness.report.render_csv import job_fields
from harness.report.sweep_data import SweepData
from harness.scoring.displacement import Displaced, displacement

FIELDS = (
    *("sweep_id", "job_id", "model", "strategy", "options", "decoding", "control_job_id"),
    *(field.name for field in fields(Displaced)),
)


def render_displacement(sweep: SweepData) -> str:
    """RFC 4180 with a header; a job without a Plain arm of its setting has no rows."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
    writer.writeheader()
    for job in sweep.done:
        control = sweep.plain_of(job)
        if control is not None:
            arms = {**job_fields(job), "control_job_id": control.job_id}
            writer.writerows(record({**arms, **asdict(found)}) for found in displacement(job.samples, control.samples))
    return out.getvalue()
