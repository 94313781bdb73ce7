"""Numbers of a whole set of texts: what resampling with replacement does to them, and what the jackknife does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.statistics.set_interval import jackknife_interval

Floats = NDArray[np.float32]
PROMPTS, WORDS, VOCABULARY, RESAMPLES = 60, 50, 2_000, 200
# Zipf's law, flattened a little: rank^-0.9.
FREQUENCIES = np.arange(1, VOCABULARY + 1) ** -0.9 / (np.arange(1, VOCABULARY + 1) ** -0.9).sum()


class SetNumber(NamedTuple):
    """`of(present, weights)`: texts × types (0 or 1), how often each text is in the set [R, texts] → [R] values."""

    name: str
    of: Callable[[Floats, Floats], Floats]


def distinct(present: Floats, weights: Floats) -> Floats:
    """Types that any text of the set has, over words."""
    return np.asarray(((np.minimum(weights, 1.0) @ present) > 0).sum(axis=1) / (weights.sum(axis=1) * WORDS))


def similarity(present: Floats, weights: Floats) -> Floats:
    """Mean cosine of the word sets of two different places in the set; a text taken twice is two places."""
    unit = present / np.linalg.norm(present, axis=1, keepdims=True)
    pairs = ((weights @ (unit @ unit.T)) * weights).sum(axis=1) - weights.sum(axis=1)
    size = weights.sum(axis=1)
    return np.asarray(pairs / (size * (size - 1.0)))


NUMBERS = (SetNumber("distinct-1", distinct), SetNumber("mean pairwise similarity", similarity))


def set_study(number: SetNumber, seeds: Sequence[int]) -> dict[str, float]:
    """Coverage of the mean over sets of this size, by jackknife and by bootstrap, and the bootstrap's mean."""
    whole = np.ones((1, PROMPTS), dtype=np.float32)
    # Seeds of their own, so that the truth owes nothing to the sets that are judged by it.
    truth = float(np.mean([number.of(_texts(10**6 + seed), whole)[0] for seed in range(4 * len(seeds))]))
    jackknife, bootstrap, centres = 0, 0, []
    for seed in seeds:
        present = _texts(seed)
        value = float(number.of(present, whole)[0])
        left_out = number.of(present, (1.0 - np.eye(PROMPTS)).astype(np.float32))
        interval = jackknife_interval(value, [float(one) for one in left_out])
        assert interval is not None
        jackknife += interval.low <= truth <= interval.high
        replicates = number.of(present, _resamples(seed))
        low, high = np.quantile(replicates, [0.025, 0.975])
        bootstrap += low <= truth <= high
        centres.append(float(replicates.mean()))
    shares = {"jackknife": int(jackknife) / len(seeds), "bootstrap": int(bootstrap) / len(seeds)}
    return {**shares, "truth": round(truth, 4), "bootstrap_mean": round(float(np.mean(centres)), 4)}


def _texts(seed: int) -> Floats:
    """[prompts, vocabulary] of 0 and 1: which words each text has."""
    generator = np.random.default_rng([seed, 11])
    present = np.zeros((PROMPTS, VOCABULARY), dtype=np.float32)
    for row in present:
        row[generator.choice(VOCABULARY, WORDS, p=FREQUENCIES)] = 1.0
    return present


def _resamples(seed: int) -> Floats:
    drawn = np.random.default_rng([seed, 13]).multinomial(PROMPTS, np.full(PROMPTS, 1.0 / PROMPTS), RESAMPLES)
    return drawn.astype(np.float32)
