"""What a soak found, as a page and a figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib

from harness.report.style import RC, new_figure, png
from tests.faults.soak.peace import Peace


def render(found: Mapping[str, Any]) -> str:
    """Markdown: what was done, and what came of it."""
    lost = found["differences"] or found["written_again"] or found["doubled_mlflow_runs"]
    kills = sum(found["kills"].values())
    differ = ", ".join(found["differences"]) or "none"
    doubled = ", ".join(found["doubled_mlflow_runs"]) or "none"
    lines = [
        "# Soak",
        "",
        f"{found['texts']:,} texts in {found['jobs']} jobs; {kills} kills, {found['torn_lines']} torn lines and "
        f"{found['leftover_files']} leftover files in {found['starts']} starts; {found['failed_texts']} texts failed "
        f"for good (NaN); {found['seconds']} s.",
        "",
        "| signal and phase | times |",
        "| --- | ---: |",
        *(f"| {name} | {times} |" for name, times in found["kills"].items()),
        "",
        f"Lost: {'see below' if lost else 'nothing'}. Files that differ from an undisturbed run's: {differ}. Finished "
        f"texts written again: {found['written_again']}. MLflow runs doubled or unfinished: {doubled}. Tracebacks "
        f"shown: {len(found['tracebacks'])}.",
        "",
        "Memory while the last quarter of the texts was written, over that of the second quarter: "
        f"{found['memory_growth']}.",
        "",
        "![Resident memory of the undisturbed sweep](memory.png)",
        "",
    ]
    return "\n".join(lines)


def draw_memory(peace: Peace) -> bytes:
    """Resident memory against time, and when the last text was written."""
    with matplotlib.rc_context(RC):
        figure = new_figure(2.0)
        axes = figure.subplots()
        axes.plot([r.seconds for r in peace.readings], [r.mebibytes for r in peace.readings])
        end = peace.readings[-1].seconds - peace.late
        axes.axvline(end, color="#333333", linewidth=0.6, linestyle="--")
        axes.annotate("last text", (end, 0), (-3, 6), textcoords="offset points", ha="right", fontsize=6)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("seconds")
        axes.set_ylabel("resident memory, MiB")
        return png(figure)
