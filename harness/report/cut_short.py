"""Rows whose texts did not end as their strategy's law has it: draws ran out, or everything was banned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.report.table import Group, Row

CUT = ("budget", "exhausted")
MOST_NAMED = 8  # rows; with more the caption would be longer than the table


def cut_short(groups: Sequence[Group]) -> list[str]:
    """One sentence that names the rows and their shares, largest first; none where every text ended by itself."""
    found = sorted(_shares(groups), key=lambda cut: -cut[0])
    if not found:
        return []
    named = "; ".join(f"{name} {share:.0%}" for share, name in found[:MOST_NAMED])
    more = f"; and {len(found) - MOST_NAMED} more rows" if len(found) > MOST_NAMED else ""
    return [
        "Texts that ended because their draws ran out, or because everything was banned, are no samples of a "
        f"strategy's law, and are counted as they are: {named}{more}."
    ]


def _shares(groups: Sequence[Group]) -> Iterator[tuple[float, str]]:
    for group in groups:
        for row in group.rows:
            if cut := _cut(row):
                yield cut / row.texts, f"{row.name} ({group.title})"


def _cut(row: Row) -> int:
    return sum(sample.finish_reason in CUT for sample in row.job.samples)
