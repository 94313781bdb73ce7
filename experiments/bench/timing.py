"""Two sides, in turn, in one process: A B A B, after a short warm-up of both."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

WARM_UP = 16  # tokens of each text before the first timed run


@dataclass(frozen=True)
class Written:
    """What one run has written, all its texts together."""

    kept: int
    discarded: int = 0

    @property
    def drawn(self) -> int:
        return self.kept + self.discarded


Run = Callable[[int, int], Written]  # (seed, tokens of each text)


@dataclass(frozen=True)
class Side:
    """`what` says on the page what is run."""

    what: str
    run: Run


@dataclass(frozen=True)
class Timed:
    """One run and its wall time."""

    seconds: float
    written: Written


def timed(run: Run, seed: int, tokens: int) -> Timed:
    """Rubbish is collected before the clock starts; work in flight on a GPU is waited for on both ends."""
    gc.collect()
    _wait()
    began = time.perf_counter()
    written = run(seed, tokens)
    _wait()
    return Timed(time.perf_counter() - began, written)


def interleaved(a: Side, b: Side, tokens: int, rounds: int) -> list[tuple[Timed, Timed]]:
    """Rounds of (A, B), both under the round's number as seed."""
    for side in (a, b):
        side.run(0, min(WARM_UP, tokens))
    return [(timed(a.run, seed, tokens), timed(b.run, seed, tokens)) for seed in range(1, rounds + 1)]


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
