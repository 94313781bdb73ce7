"""The second table of table.md: where the waste is."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report.render_markdown import escape, line
from harness.report.waste_view import CAPTION, HEADS, ReasonView, WasteGroup

NAMED = 3  # reasons beside an arm in a table that reads as plain text


def render_waste_markdown(groups: Sequence[WasteGroup]) -> str:
    """The waste of every arm as a second table; its last column names the dearest reasons."""
    heads = ["model, decoding", "strategy", *HEADS, "dearest reasons, wasted forwards/1k kept"]
    lines = [
        "## Where the waste is",
        "",
        line([escape(head) for head in heads]),
        line(["---", "---", *["---:"] * len(HEADS), "---"]),
        *(line(cells) for group in groups for cells in _waste_rows(group)),
        "",
        escape(CAPTION),
    ]
    return "\n".join(lines) + "\n"


def _waste_rows(group: WasteGroup) -> list[list[str]]:
    titles = [escape(group.title), *[""] * (len(group.rows) - 1)]
    return [
        [title, escape(row.name), *row.cells, "; ".join(map(_reason, row.reasons[:NAMED])) or "–"]
        for title, row in zip(titles, group.rows, strict=True)
    ]


def _reason(reason: ReasonView) -> str:
    return f"{escape(reason.name)} {reason.rate} {reason.interval}".rstrip()
