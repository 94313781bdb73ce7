"""judge.md from judge.json: a page of its own, beside the table of what was measured and never in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.report.render_markdown import escape

LIMITS = (
    "A judge is a model with tastes of its own: it prefers some lengths, styles and its own kin, and agrees with "
    "people in seven or eight of ten pairs at best. These numbers are an opinion, not a measurement; they are in no "
    "other table."
)


def render_page(judged: Mapping[str, Any]) -> str:
    """The sections that exist, pairs first."""
    sections = [_PARTS[mode](judged[mode]) for mode in _PARTS if mode in judged]
    return "\n\n".join(["# What a judge says", LIMITS, *sections]) + "\n"


def _pairs(part: Mapping[str, Any]) -> str:
    heads = (
        "strategy",
        "win rate against Plain",
        "p",
        "p, Holm",
        "pairs",
        "identical",
        "text 1 chosen",
        "orders agree",
        "no verdict",
        "n",
    )
    rows = [
        (
            escape(arm["label"]),
            _value(arm["win_rate"]),
            f"{arm['p']:.3f}",
            f"{arm['p_adjusted']:.3f}",
            str(arm["pairs"]),
            str(arm["identical"]),
            _share(arm["first_share"]),
            _share(arm["agreement"]),
            _not_verdicts(arm),
            str(arm["win_rate"]["n"]),
        )
        for arm in part["arms"]
    ]
    said = (
        "Each pair was asked twice, in both orders; ties count half, identical texts are ties and were not asked. "
        "Brackets: 95% bootstrap intervals over prompts; p: exact sign test over prompts. A judge that reads chooses "
        "text 1 in about half of its answers."
    )
    return "\n\n".join(["## Pairs", _table(heads, rows), said, _requests(part)])


def _rubric(part: Mapping[str, Any]) -> str:
    heads = ("strategy", "score of 10", "− Plain", "p", "no verdict", "n")
    rows = [
        (
            escape(arm["label"]),
            _value(arm["score"]),
            _value(arm["difference"]) if arm["difference"] else "–",
            f"{arm['difference']['p']:.3f}" if arm["difference"] else "–",
            _not_verdicts(arm),
            str(arm["score"]["n"]),
        )
        for arm in part["arms"]
    ]
    said = "Every text was graded by itself. Differences are paired by prompt; p: permutation of arms, not corrected."
    return "\n\n".join(["## Rubric", _table(heads, rows), said, _requests(part)])


_PARTS = {"pairs": _pairs, "rubric": _rubric}


def _requests(part: Mapping[str, Any]) -> str:
    asked = part["requests"]
    return (
        f"Judge: {escape(part['model'])} at {escape(part['base_url'])}, temperature 0. {asked['sent']} questions "
        f"sent, {asked['cached']} answered before, {asked['retried']} attempts repeated, {asked['failed']} without an "
        f"answer; {asked['prompt_tokens']:,} + {asked['completion_tokens']:,} tokens ({asked['uncounted']} answers did "
        f"not count theirs). {part['cut_texts']} texts were longer than what the judge was shown."
    )


def _not_verdicts(arm: Mapping[str, Any]) -> str:
    return ", ".join(f"{count} {why}" for why, count in sorted(arm["not_verdicts"].items())) or "0"


def _value(found: Mapping[str, Any]) -> str:
    if found["value"] is None:
        return "–"
    bracket = "" if found["ci"] is None else f" [{found['ci'][0]:.2f}, {found['ci'][1]:.2f}]"
    return f"{found['value']:.2f}{bracket}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows))
