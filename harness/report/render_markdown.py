"""table.md: a pipe table that reads well as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.report.spelling import Spelling, header, rows
from harness.report.table import MainTable

# An underscore within a word starts no emphasis, and names are full of them.
SPECIAL = re.compile(r"[\\`*\[\]<>#|~&]|(?<!\w)_|_(?!\w)")


def render_markdown(table: MainTable) -> str:
    """The table, its caption, and the jobs that have no row."""
    heads = header(table)
    body = [line for group in table.groups for line in rows(group, table, SPELLING)]
    lines = [
        f"# {escape(table.experiment)}",
        "",
        line([escape(head) for head in heads]),
        line(["---", "---", *["---:"] * (len(heads) - 2)]),
        *(line(cells) for cells in body),
        "",
        escape(table.caption),
    ]
    return "\n".join([*lines, *_unfinished(table)]) + "\n"


def escape(text: str) -> str:
    """Text that Markdown and the HTML in it leave alone, on one line."""
    printable = "".join(char for char in " ".join(text.split()) if char.isprintable())
    return SPECIAL.sub(r"\\\g<0>", printable)


SPELLING = Spelling(escape=escape, minus="−", star=r"\*", undefined="–")


def line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _unfinished(table: MainTable) -> list[str]:
    if not table.unfinished:
        return []
    jobs = [f"- {escape(job.label)}: {escape(job.state)} {escape(job.error)}".rstrip() for job in table.unfinished]
    return ["", "Jobs without a row:", "", *jobs]
