"""What a soak found, as a page and a figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib

from harness.report.style import RC, new_figure, png
from tests.faults.soak.peace import Peace


def render(found: Mapping[str, Any]) -> str:
    """Markdown: what was done, and what came of it."""
    lost = found["differences"] or found["written_again"] or found["differing_mlflow_runs"]
    faults = sum(found["faults"].values())
    kills = sum(times for name, times in found["faults"].items() if name.startswith("SIG"))
    differ = ", ".join(found["differences"]) or "none"
    runs = ", ".join(found["differing_mlflow_runs"]) or "none"
    ends = ", ".join(f"{times} {name}" for name, times in found["ends_short_of_memory"].items())
    lines = [
        "# Soak",
        "",
        f"{found['texts']:,} texts in {found['jobs']} jobs; {faults} faults, {kills} of them kills, "
        f"{found['torn_lines']} torn lines and {found['leftover_files']} leftover files in {found['starts']} starts; "
        f"{found['failed_texts']} texts failed for good (NaN); {found['seconds']} s.",
        "",
        "| fault and phase | times |",
        "| --- | ---: |",
        *(f"| {name} | {times} |" for name, times in found["faults"].items()),
        "",
        f"Starts in which memory was taken away: {ends}; {found['batches_halved']} batches were halved.",
        "",
        f"Lost: {'see below' if lost else 'nothing'}. Files that differ from an undisturbed run's: {differ}. Finished "
        f"texts written again: {found['written_again']}. MLflow runs that are missing, doubled, unfinished or hold "
        f"other numbers: {runs}. Tracebacks shown: {len(found['tracebacks'])}.",
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
