"""The last table of table.md, where several sweeps stand side by side: what differs between them."""

from __future__ import annotations

from harness.report.differences import differences
from harness.report.render_markdown import escape, line
from harness.report.sweep_data import SweepData


def render_differences(sweep: SweepData) -> str:
    """A row for every setting in which the sweeps differ."""
    heads = [f"{source.letter}: {source.sweep.experiment} {source.sweep.sweep_id}" for source in sweep.sources]
    rows = [[escape(found.name), *map(escape, found.values)] for found in differences(sweep)]
    lines = [
        "## What differs between the sweeps",
        "",
        line(["setting", *map(escape, heads)]),
        line(["---"] * (len(heads) + 1)),
        *map(line, rows),
    ]
    return "\n".join(lines) + "\n"
