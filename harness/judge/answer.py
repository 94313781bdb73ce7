"""What the judge said, as a verdict; whatever is none is counted, never guessed."""

from __future__ import annotations

import re
from typing import Any, Literal

from harness.judge.endpoint import Reply
from harness.parsing import parse_json

# Of a pair: 1 where text 1 is better, 0 where text 2 is, 0.5 for a tie. Of a rubric: the score.
Verdict = float | Literal["refused", "unparsable"]

POINTS = {"1": 1.0, "2": 0.0, "tie": 0.5}
LOWEST, HIGHEST = 1.0, 10.0
_OBJECT = re.compile(r"\{[^{}]*\}")
_REFUSAL = re.compile(r"(?i)\s*(?:i['’]?m sorry|sorry,|i (?:cannot|can['’]t|am unable|won['’]t))")


def pair_verdict(reply: Reply) -> Verdict:
    """Points of text 1."""
    said = _field(reply.content, "better")
    return POINTS.get(str(said).strip().lower(), _none(reply)) if said is not None else _none(reply)


def rubric_verdict(reply: Reply) -> Verdict:
    """A score from 1 to 10."""
    said = _field(reply.content, "score")
    is_score = isinstance(said, int | float) and not isinstance(said, bool) and LOWEST <= said <= HIGHEST
    return float(said) if is_score else _none(reply)


def _field(content: str, name: str) -> Any:
    """The field of the last JSON object that has it: a judge may think aloud first. None without one."""
    for found in reversed(_OBJECT.findall(content)):
        try:
            value = parse_json(found).get(name)
        except ValueError:
            continue
        if value is not None:
            return value
    return None


def _none(reply: Reply) -> Verdict:
    return "refused" if reply.refused or _REFUSAL.match(reply.content) else "unparsable"
