"""Invented sweeps whose truth is known: two arms over the same prompts."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.scoring import RatioMeasurement

Floats = NDArray[np.float64]
MEDIAN_WORDS = 120.0
# How log length and rate go together in the worlds of unequal texts: a text twice as long has a rate a fifth lower.
DECLINE = 0.3


class World(NamedTuple):
    """Hits at a Poisson rate per word, times a prompt's propensity (gamma, mean 1), which both arms share.

    `shape`: of the gamma; small = few prompts have most hits. `spread`: of log length; 0 = 80 to 160 words. `shorter`:
    the treated texts' length as a share of Plain's. `by_text`: take every text for a prompt, as one should not.
    """

    name: str
    prompts: int
    repeats: int = 1
    rate: float = 0.02
    shape: float = 4.0
    spread: float = 0.0
    shorter: float = 1.0
    by_text: bool = False

    @property
    def truth(self) -> float:
        """Expected hits / expected words of Plain; E[Lᵏ] of a log-normal length in closed form."""
        if self.spread == 0:
            return self.rate
        moments = [math.exp(k * k * self.spread**2 / 2.0) for k in (1.0 - DECLINE, 1.0)]
        return self.rate * moments[0] / moments[1]


WORLDS = (
    *(World(f"{n} prompts", n) for n in (16, 30, 60, 100)),
    World("60 prompts × 3 texts", 60, repeats=3, shape=1.0),
    World("the same, texts taken for prompts", 60, repeats=3, shape=1.0, by_text=True),
    World("60 prompts, lengths from 20 to 700 words, longer is cleaner", 60, spread=0.8),
    World("60 prompts, treated texts half as long", 60, shorter=0.5),
    World("60 prompts, most hits in few of them", 60, shape=0.5),
    World("60 prompts, 3 hits expected", 60, rate=3.0 / (60 * 120)),
    World("60 prompts, 3 hits expected, in few of them", 60, rate=3.0 / (60 * 120), shape=0.5),
)


def two_arms(world: World, effect: float, seed: int) -> tuple[RatioMeasurement, RatioMeasurement]:
    """Treated, with `effect` times Plain's rate, and Plain."""
    generator = np.random.default_rng([seed, world.prompts])
    propensity = generator.gamma(world.shape, 1.0 / world.shape, (world.prompts, 1))
    treated = _arm(world, propensity * effect, world.shorter, generator)
    return treated, _arm(world, propensity, 1.0, generator)


def _arm(world: World, propensity: Floats, shorter: float, generator: np.random.Generator) -> RatioMeasurement:
    size = (world.prompts, world.repeats)
    if world.spread == 0:
        words = shorter * generator.integers(80, 161, size)
        rate = world.rate * propensity
    else:
        relative = generator.lognormal(0.0, world.spread, size)
        words, rate = MEDIAN_WORDS * relative, world.rate * propensity * relative**-DECLINE
    hits = generator.poisson(rate * words).astype(np.float64)
    if world.by_text:
        return measurement(hits.ravel(), words.ravel())
    return measurement(hits.sum(axis=1), words.sum(axis=1))


def measurement(numerator: Floats, denominator: Floats) -> RatioMeasurement:
    """One prompt per entry."""
    ids = [f"p{index:04d}" for index in range(len(numerator))]
    above, below = (dict(zip(ids, map(float, part), strict=True)) for part in (numerator, denominator))
    return RatioMeasurement("simulated", "hits/word", "lower", above, below)


def log_probs(prompts: int, difference: float, seed: int) -> tuple[RatioMeasurement, RatioMeasurement]:
    """Mean log-probabilities per token: prompts vary by 0.3 nats, the arms' differences by 0.1 around `difference`."""
    generator = np.random.default_rng([seed, prompts, 7])
    plain = generator.normal(-1.6, 0.3, prompts)
    treated = plain + generator.normal(difference, 0.1, prompts)
    tokens = generator.integers(150, 201, prompts).astype(np.float64)
    return measurement(treated * tokens, tokens), measurement(plain * tokens, tokens)
