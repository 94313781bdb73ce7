"""Scores as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.paired_texts import Paired
from harness.scoring import Scores
from harness.scoring.readings import Reference
from harness.scoring.reference import judge_line


def lines(scores: Scores) -> Iterator[str]:
    """One line a metric, for people."""
    for scorer_name, metrics in scores.items():
        for metric, entry in metrics.items():
            yield f"{f'{scorer_name}.{metric}':<40} {_shown(entry)}"
    judged = next(iter(scores.get("reference", {}).values()), None)
    if judged is not None:
        yield judge_line(judged["model"])


def paired_lines(paired: Paired, reference: Reference | None = None) -> Iterator[str]:
    """What was compared, then one line a metric: first → second, difference, p."""
    record = paired.as_record()
    yield "{shared} ids in both files; {only_first} only in the first, {only_second} only in the second".format(
        **record["ids"]
    )
    for name, metrics in record["differences"].items():
        for metric, entry in metrics.items():
            a, b = (record[side][name][metric]["value"] for side in ("first", "second"))
            yield f"{f'{name}.{metric}':<40} {_number(a)} → {_number(b)}  {_shown_difference(entry)}"
    if reference is not None:
        yield judge_line(reference.model)


def _shown(entry: Mapping[str, Any]) -> str:
    if entry["value"] is None:
        return f"undefined: {entry['reason']}"
    return f"{_number(entry['value'])}{_interval(entry)}  {entry['unit']}  (n = {entry['n']})"


def _shown_difference(entry: Mapping[str, Any]) -> str:
    if entry["p"] is None:
        difference = "" if entry["difference"] is None else f"{entry['difference']:+.4g}  {entry['unit']}  "
        return f"{difference}(no p: {entry['reason']})"
    correction = "Holm" if entry["correction"] == "holm" else "BH"
    p = f"p = {entry['p_adjusted']:.2g} ({correction})"
    return f"{entry['difference']:+.4g}{_interval(entry)}  {entry['unit']}  {p}  (n = {entry['n']})"


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4g}"


def _interval(entry: Mapping[str, Any]) -> str:
    return "" if entry["ci"] is None else f"  [{entry['ci'][0]:.4g}, {entry['ci'][1]:.4g}]"
