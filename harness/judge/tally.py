"""Verdicts → statements: win rates and mean scores over prompts, and how far the judge itself can be trusted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scipy.stats import binomtest

from harness.judge.answer import Verdict
from harness.scoring import RatioMeasurement
from harness.statistics import Estimate, Interval, estimate
from harness.statistics.estimate import RULE_OF_THREE


class JudgedPair(NamedTuple):
    """Points of text 1, asked with the treated text first and with Plain's first; None: no answer."""

    prompt_id: str
    treated_first: Verdict | None
    plain_first: Verdict | None
    is_identical: bool = False

    @property
    def points(self) -> float | None:
        """The treated text's, the mean of both orders; None unless both were judged."""
        first, second = self.treated_first, self.plain_first
        return (first + 1.0 - second) / 2.0 if isinstance(first, float) and isinstance(second, float) else None


@dataclass(frozen=True)
class Wins:
    """`rate`: of the treated texts, ties half, over prompts. `p`: two-sided sign test of prompts, ties dropped.

    `first_share`: how often text 1 was chosen by those answers that chose; far from a half is position bias.
    `agreement`: share of the asked pairs whose two orders gave one verdict. Both None without an answer.
    """

    rate: Estimate
    p: float
    pairs: int
    identical: int
    first_share: float | None
    agreement: float | None
    counts: Counter[str]


def wins(judged: Sequence[JudgedPair]) -> Wins:
    """Of one job against Plain. Identical texts are ties and say nothing about the judge."""
    asked = [pair for pair in judged if not pair.is_identical]
    verdicts = [verdict for pair in asked for verdict in (pair.treated_first, pair.plain_first)]
    chosen = [verdict for verdict in verdicts if isinstance(verdict, float) and verdict != 0.5]
    both = [pair for pair in asked if pair.points is not None]
    measurement = _over_prompts([(pair.prompt_id, pair.points) for pair in judged], "win_rate", "share of pairs")
    return Wins(
        rate=_bounded(estimate(measurement)),
        p=_sign_test(measurement),
        pairs=sum(pair.points is not None for pair in judged),
        identical=len(judged) - len(asked),
        first_share=sum(chosen) / len(chosen) if chosen else None,
        agreement=sum(_agrees(pair) for pair in both) / len(both) if both else None,
        counts=_counts(verdicts),
    )


def scores(graded: Sequence[tuple[str, Verdict | None]]) -> tuple[RatioMeasurement, Counter[str]]:
    """(prompt id, verdict) of one job's texts → mean score as a ratio over prompts, and what was no score."""
    verdicts = [verdict for _, verdict in graded]
    values = [(prompt_id, verdict if isinstance(verdict, float) else None) for prompt_id, verdict in graded]
    return _over_prompts(values, "score", "points of 10"), _counts(verdicts)


def _over_prompts(values: Iterable[tuple[str, float | None]], name: str, unit: str) -> RatioMeasurement:
    numerator: dict[str, float] = defaultdict(float)
    denominator: dict[str, float] = defaultdict(float)
    for prompt_id, value in values:
        numerator[prompt_id] += value or 0.0
        denominator[prompt_id] += value is not None
    return RatioMeasurement(name, unit, "higher", numerator, denominator, reason="the judge gave no verdict")


def _bounded(found: Estimate) -> Estimate:
    """All pairs won is as little certain as none: the rule of three from above."""
    if found.value != 1.0 or not found.trials:
        return found
    low = max(0.0, 1.0 - RULE_OF_THREE / found.trials)
    return Estimate(1.0, Interval(low, 1.0, "rule_of_three"), found.n, trials=found.trials)


def _sign_test(measurement: RatioMeasurement) -> float:
    """Two-sided, exact; 1 where no prompt leans either way."""
    leans = [
        measurement.numerator[prompt] / count - 0.5 for prompt, count in measurement.denominator.items() if count > 0
    ]
    better, worse = (sum(sign * lean > 0 for lean in leans) for sign in (1, -1))
    return float(binomtest(better, better + worse).pvalue) if better + worse else 1.0


def _agrees(pair: JudgedPair) -> bool:
    first, second = pair.treated_first, pair.plain_first
    return isinstance(first, float) and isinstance(second, float) and first == 1.0 - second


def _counts(verdicts: Iterable[Verdict | None]) -> Counter[str]:
    """Of the answers that are no verdict."""
    return Counter(
        "unanswered" if verdict is None else str(verdict) for verdict in verdicts if not isinstance(verdict, float)
    )
