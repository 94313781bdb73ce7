"""How often the intervals hold the truth, and how often the tests find what is not there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from experiments.statistics.worlds import World, log_probs, two_arms
from harness.statistics import Interval, compare, estimate
from harness.statistics.effect import ALPHA, detectable_d_z

# What the treated arm keeps of Plain's rate where there is something to find.
EFFECT = 0.4
MARGIN = 0.05
# Standard deviation of the arms' differences in `log_probs`.
SPREAD = 0.1

Shares = dict[str, float]


def ratio_study(world: World, seeds: Sequence[int]) -> Shares:
    """Coverage of value, difference and relative change; false findings; how often there was an interval to judge."""
    value, difference, relative, found = [], [], [], 0
    for seed in seeds:
        treated, plain = two_arms(world, EFFECT, seed)
        alternative, null = compare(treated, plain), compare(*two_arms(world, 1.0, seed))
        assert alternative is not None
        assert null is not None
        value.append(_holds(estimate(plain).interval, world.truth))
        difference.append(_holds(alternative.interval, (EFFECT - 1.0) * world.truth))
        change = alternative.relative
        relative.append(_holds(change.interval if change else None, EFFECT - 1.0))
        found += null.p < ALPHA
    return {
        "value": _share(value),
        "difference": _share(difference),
        "relative": _share(relative),
        "relative_defined": round(1.0 - relative.count(None) / len(seeds), 3),
        "false": found / len(seeds),
    }


def gone_study(prompts: int, seeds: Sequence[int]) -> Shares:
    """A treated arm whose hits are all gone: the truth is −rate and −100 %. And false findings where both are."""
    world = World("gone", prompts)
    difference, relative, found = [], [], 0
    for seed in seeds:
        gone, plain = two_arms(world, 0.0, seed)
        compared, nothing = compare(gone, plain), compare(gone, gone)
        assert compared is not None
        assert nothing is not None
        difference.append(_holds(compared.interval, -world.truth))
        relative.append(_holds(compared.relative.interval if compared.relative else None, -1.0))
        found += nothing.p < ALPHA
    return {"difference": _share(difference), "relative": _share(relative), "false": found / len(seeds)}


def fluency_study(prompts: int, seeds: Sequence[int]) -> Shares:
    """Equivalence claimed at no difference and, wrongly, at the margin; a difference found at the detectable effect."""
    detectable = detectable_d_z(prompts) * SPREAD
    return {
        "shown_at_none": _verdicts(prompts, 0.0, seeds).count("shown") / len(seeds),
        "shown_at_margin": _verdicts(prompts, -MARGIN, seeds).count("shown") / len(seeds),
        "worse_at_margin": _verdicts(prompts, -MARGIN, seeds).count("lower") / len(seeds),
        "power": sum(_p(prompts, detectable, seed) < ALPHA for seed in seeds) / len(seeds),
    }


def _verdicts(prompts: int, difference: float, seeds: Iterable[int]) -> list[str]:
    compared = (compare(*log_probs(prompts, difference, seed), MARGIN) for seed in seeds)
    return [found.equivalence.verdict for found in compared if found is not None and found.equivalence is not None]


def _p(prompts: int, difference: float, seed: int) -> float:
    compared = compare(*log_probs(prompts, difference, seed))
    assert compared is not None
    return compared.p


def _holds(interval: Interval | None, truth: float) -> bool | None:
    return None if interval is None else interval.low <= truth <= interval.high


def _share(held: Sequence[bool | None]) -> float:
    """Of those that had an interval."""
    judged = [bool(one) for one in held if one is not None]
    return round(sum(judged) / len(judged), 3)
