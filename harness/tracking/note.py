"""The Markdown that MLflow's pages show: names and errors are other people's text, so they are escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.report.render_markdown import escape, line
from harness.store.jobfolder import Scores

# MLflow cuts a tag here; half a table is none.
LONGEST = 8000

HEADLINES = (
    "slop.hits_per_1k_words",
    "slop.regex_hits_per_1k_words",
    "slop.heldout_hits_per_1k_words",
    "diversity.mattr_50",
    "fluency.logprob_per_token",
    "cost.forwards_per_kept",
)


def sweep_note(sweep: Mapping[str, Any], table: str, links: str = "") -> str:
    """What a sweep of texts compares, where to go, then `table` when it fits (both Markdown, both escaped)."""
    return _note(sweep, "jobs", "`report.html` among the artifacts has figures, texts and definitions.", links, table)


def laws_note(sweep: Mapping[str, Any], table: str, links: str = "") -> str:
    """The same for a sweep of exact laws."""
    where = "The table and a figure of fidelity against cost are among the artifacts."
    return _note(sweep, "exact laws", where, links, table)


def _note(sweep: Mapping[str, Any], what: str, where: str, links: str, table: str) -> str:
    models = ", ".join(dict.fromkeys(job["model"] for job in sweep["jobs"]))
    strategies = ", ".join(dict.fromkeys(job["strategy"] for job in sweep["jobs"]))
    head = f"**{escape(sweep['experiment'])}**, sweep {escape(sweep['sweep_id'])}: {len(sweep['jobs'])} {what}."
    axes = f"Models: {escape(models)}. Strategies: {escape(strategies)}. {where}"
    note = "\n\n".join([head, *([f"Open {links}"] if links else []), axes])
    whole = f"{note}\n\n{table}"
    return whole if table and len(whole) <= LONGEST else note


def jobs_table(columns: Sequence[str], rows: Iterable[tuple[str, Mapping[str, str]]]) -> str:
    """One row a job, by its name, with those of its numbers that the columns name."""
    heads = ["job", *(escape(column).replace(".", ".<br>", 1) for column in columns)]
    body = [(name, *(values.get(column, "–") for column in columns)) for name, values in rows]
    lines = [heads, ["---", *["---:"] * len(columns)], *([_unbroken(cell) for cell in cells] for cells in body)]
    return "\n".join(map(line, lines))


def job_note(job: Mapping[str, Any], scores: Scores, first: Sequence[str] = ()) -> str:
    """Which arm this is, and its main numbers with their intervals, the `first` ones first."""
    head = _head(job, "job")
    found = named(scores)
    rows = [_row(name, found[name]) for name in dict.fromkeys((*first, *HEADLINES)) if name in found]
    if not rows:
        return head
    return "\n".join([head, "", "| metric | value | 95 % interval | unit |", "| --- | ---: | --- | --- |", *rows])


def named(scores: Scores) -> dict[str, Mapping[str, Any]]:
    """Every score under its full name, in the order of scores.json."""
    return {f"{scorer}.{metric}": score for scorer, metrics in scores.items() for metric, score in metrics.items()}


def law_note(job: Mapping[str, Any], law: Mapping[str, float | str | None]) -> str:
    """Which arm this is, and all its numbers, "inf" among them."""
    rows = [f"| {escape(name)} | {value if isinstance(value, str) else number(value)} |" for name, value in law.items()]
    return "\n".join([_head(job, "law"), "", "| number | value |", "| --- | ---: |", *rows])


def _head(job: Mapping[str, Any], what: str) -> str:
    return f"**{escape(job['label'])}** on {escape(job['model'])}, {what} {escape(job['job_id'])}."


def _row(metric: str, score: Mapping[str, Any]) -> str:
    return f"| {escape(metric)} | {number(score['value'])} | {_interval(score['ci'])} | {escape(score['unit'])} |"


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def spelled(score: Mapping[str, Any]) -> str:
    """A number and its interval, for a cell."""
    interval = score["ci"]
    return number(score["value"]) + ("" if interval is None else f" [{', '.join(map(number, interval))}]")


def _unbroken(cell: str) -> str:
    """An interval stays on one line where the column is narrow."""
    return escape(cell).replace(", ", ",&nbsp;")


def _interval(interval: list[float] | None) -> str:
    return "–" if interval is None else f"{interval[0]:.4g} to {interval[1]:.4g}"
