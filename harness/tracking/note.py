"""The Markdown that MLflow's pages show: names and errors are other people's text, so they are escaped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.report.render_markdown import escape

# MLflow cuts a tag here; half a table is none.
LONGEST = 8000

HEADLINES = (
    ("slop", "hits_per_1k_words"),
    ("slop", "regex_hits_per_1k_words"),
    ("slop", "heldout_hits_per_1k_words"),
    ("diversity", "mattr_50"),
    ("fluency", "logprob_per_token"),
    ("cost", "forwards_per_kept"),
)


def sweep_note(sweep: Mapping[str, Any], table: str) -> str:
    """What a sweep of texts compares; then `table` (Markdown, escaped by its renderer) when it fits."""
    return _note(sweep, "jobs", "Open `report.html` among the artifacts for figures, texts and definitions.", table)


def laws_note(sweep: Mapping[str, Any], table: str) -> str:
    """The same for a sweep of exact laws."""
    return _note(sweep, "exact laws", "The table and a figure of fidelity against cost are among the artifacts.", table)


def _note(sweep: Mapping[str, Any], what: str, where: str, table: str) -> str:
    models = ", ".join(dict.fromkeys(job["model"] for job in sweep["jobs"]))
    strategies = ", ".join(dict.fromkeys(job["strategy"] for job in sweep["jobs"]))
    head = f"**{escape(sweep['experiment'])}**, sweep {escape(sweep['sweep_id'])}: {len(sweep['jobs'])} {what}."
    note = "\n\n".join([head, f"Models: {escape(models)}. Strategies: {escape(strategies)}.", where])
    whole = f"{note}\n\n{table}"
    return whole if table and len(whole) <= LONGEST else note


def job_note(job: Mapping[str, Any], scores: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """Which arm this is, and its main numbers with their intervals."""
    head = _head(job, "job")
    rows = [
        _row(f"{scorer}.{metric}", score)
        for scorer, metric in HEADLINES
        if (score := scores.get(scorer, {}).get(metric)) is not None
    ]
    if not rows:
        return head
    return "\n".join([head, "", "| metric | value | 95 % interval | unit |", "| --- | ---: | --- | --- |", *rows])


def law_note(job: Mapping[str, Any], law: Mapping[str, float | str | None]) -> str:
    """Which arm this is, and all its numbers, "inf" among them."""
    rows = [
        f"| {escape(name)} | {value if isinstance(value, str) else _number(value)} |" for name, value in law.items()
    ]
    return "\n".join([_head(job, "law"), "", "| number | value |", "| --- | ---: |", *rows])


def _head(job: Mapping[str, Any], what: str) -> str:
    return f"**{escape(job['label'])}** on {escape(job['model'])}, {what} {escape(job['job_id'])}."


def _row(metric: str, score: Mapping[str, Any]) -> str:
    return f"| {escape(metric)} | {_number(score['value'])} | {_interval(score['ci'])} | {escape(score['unit'])} |"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _interval(interval: list[float] | None) -> str:
    return "–" if interval is None else f"{interval[0]:.4g} to {interval[1]:.4g}"
