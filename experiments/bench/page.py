"""Results as Markdown (`bench.md`) and as data (`bench.json`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from experiments.bench.result import Check, Curve, Line, Result, shown

LINE_HEADS = (
    "model", "what", "A / B", "line", "reached", "A, tokens/s", "B, tokens/s", "discarded A", "discarded B", "A", "B",
)  # fmt: skip
UNITS = {"kept": "kept tokens", "drawn": "drawn tokens (kept and discarded)"}


def as_data(results: Sequence[Result], about: Mapping[str, Any]) -> dict[str, Any]:
    """Everything, with each round's seconds and tokens."""
    return {"schema": 1, **about, "results": [_result(result) for result in results]}


def as_markdown(results: Sequence[Result], about: Mapping[str, Any]) -> str:
    """Ratios first, then what must hold, then how things grow."""
    return "\n\n".join(["# Benchmark", _about(about), *(_section(result) for result in results)]) + "\n"


def _result(result: Result) -> dict[str, Any]:
    lines = [
        {
            **{name: getattr(line, name) for name in ("model", "what", "a", "b", "unit", "target", "cost", "reached")},
            "ratio": asdict(line.ratio),
            "a_tokens_per_second": asdict(line.rates[0]),
            "b_tokens_per_second": asdict(line.rates[1]),
            "discarded": line.discarded,
            "rounds": [[asdict(one) for one in pair] for pair in line.rounds],
        }
        for line in result.lines
    ]
    return asdict(result) | {"lines": lines}


def _about(about: Mapping[str, Any]) -> str:
    machine, settings = about["machine"], about["settings"]
    packages = ", ".join(f"{name} {found or 'not installed'}" for name, found in machine["packages"].items())
    load = " / ".join(f"{value:.1f}" for value in machine["load_average"])
    git = machine["git"] or {}
    models = [
        f"{label}: {one['parameters'] / 1e6:,.1f} M parameters, {one['vocabulary']:,} tokens, {one['threads']} torch "
        f"thread{'s' if one['threads'] > 1 else ''}, {one['dtype']}, {one['device']}"
        for label, one in about["models"].items()
    ]
    return "\n".join(
        [
            f"- {machine['processor']}, {machine['cores']} cores; {machine['platform']}",
            f"- GPU: {machine['gpu'] or 'none'}",
            f"- load when the run began (1, 5, 15 minutes): {load}; it took {about['seconds']:,.0f} s",
            f"- Python {machine['python']}; {packages}",
            f"- commit {git.get('commit', 'unknown')}{' and changes' if git.get('dirty') else ''}",
            f"- rounds of A and B in turn: {settings['rounds']}; numbers are medians (least–most) over them",
            *(f"- {model}" for model in models),
        ]
    )


def _section(result: Result) -> str:
    parts = [f"## {result.name}\n\n{result.question}", *result.notes]
    if result.lines:
        parts.append(_lines(result.lines))
    if result.checks:
        parts.append(_checks(result.checks))
    parts += [_curve(curve) for curve in result.curves]
    return "\n\n".join(parts)


def _lines(lines: Sequence[Line]) -> str:
    counted = ", ".join(dict.fromkeys(UNITS[line.unit] for line in lines))
    how = "seconds per token, A over B" if lines[0].cost else "tokens per second, A over B"
    return f"A / B: {how}; counted are {counted}.\n\n" + _table(LINE_HEADS, map(_cells, lines))


def _cells(line: Line) -> tuple[str, ...]:
    sign, reached = ("≤" if line.cost else "≥"), {True: "yes", False: "**no**", None: "–"}[line.reached]
    target = "–" if line.target is None else f"{sign} {line.target:g}"
    a, b = (str(rate) for rate in line.rates)
    shares = (f"{share:.1%}" for share in line.discarded)
    return (line.model, line.what, f"**{line.ratio}**", target, reached, a, b, *shares, line.a, line.b)


def _checks(checks: Sequence[Check]) -> str:
    rows = ((check.what, "yes" if check.holds else "**no**", check.found) for check in checks)
    return _table(("what must hold", "holds", "found"), rows)


def _curve(curve: Curve) -> str:
    heads = (curve.x_label, *(f"{series.label}, {curve.y_label}" for series in curve.series), "law")
    rows = (
        (shown(x), *(str(series.y[i]) for series in curve.series), shown(curve.expected.y[i].median))
        for i, x in enumerate(curve.expected.x)
    )
    return f"### {curve.title}\n\n{curve.law}\n\n![{curve.title}]({curve.name}.png)\n\n{_table(heads, rows)}"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    rule = ("---",) * len(heads)
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in (heads, rule, *rows))
