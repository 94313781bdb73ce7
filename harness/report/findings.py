"""A sweep, its numbers and its main table: what every part of the report draws from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.report.numbers import Numbers, numbers
from harness.report.style import strategy_colours
from harness.report.sweep_data import SweepData, read_sweep
from harness.report.table import MainTable, main_table
from harness.report.waste import Waste, waste_of


@dataclass(frozen=True)
class Findings:
    """Read once per report."""

    sweep: SweepData
    numbers: Numbers
    table: MainTable

    @cached_property
    def colours(self) -> dict[str, str]:
        """Strategy label → colour, the same in every figure and on the page."""
        return strategy_colours([job.label for job in self.sweep.done])

    @cached_property
    def waste(self) -> dict[str, Waste]:
        """Job id → where its forward passes went, of the finished jobs."""
        return {job.job_id: waste_of(job.samples) for job in self.sweep.done}

    @property
    def prompts(self) -> str:
        """How many prompts a job has: "64", or "60 to 64" where they differ."""
        counts = sorted({row.prompts for group in self.table.groups for row in group.rows}) or [0]
        return str(counts[0]) if counts[0] == counts[-1] else f"{counts[0]} to {counts[-1]}"


def read_findings(sweep_folder: Path) -> Findings:
    """Raise InputError when the folder holds no sweep of this version."""
    return findings_of(read_sweep(sweep_folder))


def findings_of(sweep: SweepData) -> Findings:
    found = numbers(sweep)
    return Findings(sweep, found, main_table(sweep, found))
