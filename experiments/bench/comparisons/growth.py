"""Time per token as one thing grows: text length, rows, phrases, discarded tokens; each beside the law expected.

(How the harness grows with its jobs is measured in experiments/bench/scale.)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import torch

from experiments.bench.bans import ban_list
from experiments.bench.result import Curve, Result, Series, Spread
from experiments.bench.settings import Settings
from experiments.bench.subjects import Subject
from experiments.bench.timing import WARM_UP, timed
from experiments.bench.writers import bare_tokens, ours
from sampler import BacktrackSampler, Generation
from sampler.events import Drew
from strategies import AntiSlop, Plain

MS = 1_000.0
BLOCKS = 20  # of a long text
BANNED = 50  # words, where many tokens are to be discarded


def run(settings: Settings) -> Result:
    """Four curves on the smallest model, where all that is not the model weighs most."""
    subject = settings.smallest()
    makers = (by_length, by_rows, by_phrases, by_discarded)
    return Result("growth", "Does anything grow that should not?", curves=[make(subject, settings) for make in makers])


def by_length(subject: Subject, settings: Settings) -> Curve:
    """Blocks of one long text; law: the bare loop's straight line, and the same overhead at every length."""
    prompt, tokens, block = subject.prompts[0], settings.sizes.longest_text, settings.sizes.longest_text // BLOCKS
    bare: list[list[float]] = []
    mine: list[list[float]] = []
    for seed in range(1, settings.rounds + 1):
        torch.manual_seed(seed)
        mine.append(block_times(_drawn(subject, prompt, tokens, seed), block))
        bare.append(block_times(bare_tokens(subject.model, prompt, tokens), block))
    x = [block * (i + 1) for i in range(len(mine[0]))]
    ours_at, bare_at = (_spreads(runs) for runs in (mine, bare))
    line = straight(x, [spread.median for spread in bare_at])
    extra = float(np.median([spread.median - at for spread, at in zip(ours_at, line, strict=True)]))
    return Curve(
        "growth_text_length", f"One text of {subject.label}", "tokens of the text", "ms per token",
        [Series("one row, Plain", x, ours_at), Series("bare loop", x, bare_at)],
        "Law: a straight line through the bare loop's times, and the same overhead at every length.",
        _law(x, [at + extra for at in line]),
    )  # fmt: skip


def by_rows(subject: Subject, settings: Settings) -> Curve:
    """Law: a step of the model and of the sampler costs a constant and so much per row."""

    def milliseconds(rows: int, seed: int, tokens: int) -> float:
        found = timed(ours("", subject.backend, Plain(), (subject.prompts * rows)[:rows]).run, seed, tokens)
        return MS * found.seconds / tokens

    x = settings.sizes.batches
    measured = _measured(x, settings.rounds, milliseconds, settings.sizes.many)
    return Curve(
        "growth_rows", f"A batch of {subject.label}, Plain", "rows", "ms per step",
        [Series("Plain", x, measured)],
        "Law: a constant and so much per row (least squares).",
        _law(x, straight(x, [spread.median for spread in measured])),
    )  # fmt: skip


def by_phrases(subject: Subject, settings: Settings) -> Curve:
    """Law: none; the automaton reads each character once."""
    strategies = {size: AntiSlop(ban_list(subject, size)) for size in settings.sizes.lists}

    def milliseconds(size: int, seed: int, tokens: int) -> float:
        found = timed(ours("", subject.backend, strategies[size], subject.prompts[:1]).run, seed, tokens)
        return MS * found.seconds / found.written.drawn

    x = settings.sizes.lists
    measured = _measured(x, settings.rounds, milliseconds, settings.sizes.text)
    level = float(np.median([spread.median for spread in measured]))
    return Curve(
        "growth_phrases", f"One row of {subject.label}, AntiSlop", "phrases", "ms per drawn token",
        [Series("AntiSlop", x, measured)], "Law: constant (their median).", _law(x, [level] * len(x)), logarithmic=True,
    )  # fmt: skip


def by_discarded(subject: Subject, settings: Settings) -> Curve:
    """Law: milliseconds per kept token follow the forward passes per kept token, which the events count."""
    strategies = {share: AntiSlop(ban_list(subject, BANNED, share, BANNED)) for share in settings.sizes.shares}
    texts: dict[float, list[Generation]] = {share: [] for share in strategies}

    def milliseconds(share: float, seed: int, tokens: int) -> float:
        sampler = BacktrackSampler(
            subject.backend, strategies[share], max_new_tokens=tokens, max_draws=1_000 * tokens, seed=seed
        )
        began = time.perf_counter()
        text = sampler.generate(subject.prompts[:1])[0]
        took = time.perf_counter() - began
        if tokens == settings.sizes.text:
            texts[share].append(text)
        return MS * took / text.cost.kept

    measured = _measured(settings.sizes.shares, settings.rounds, milliseconds, settings.sizes.text)
    x = [discarded(texts[share]) for share in settings.sizes.shares]
    forwards = [_forwards(texts[share]) for share in settings.sizes.shares]
    return Curve(
        "growth_discarded", f"One row of {subject.label}, AntiSlop", "discarded share of all draws",
        "ms per kept token", [Series("AntiSlop", x, measured)],
        "Law: that of the fewest discards, times the forward passes per kept token.",
        _law(x, [measured[0].median * count / forwards[0] for count in forwards]),
    )  # fmt: skip


def block_times(tokens: Iterable[object], block: int) -> list[float]:
    """Milliseconds per token of each whole block of `block` tokens, as they come."""
    times, began = [], time.perf_counter()
    for count, _ in enumerate(tokens, start=1):
        if count % block == 0:
            now = time.perf_counter()
            times.append(MS * (now - began) / block)
            began = now
    return times


def straight(x: Sequence[float], y: Sequence[float]) -> list[float]:
    """The least-squares straight line of y over x, at x."""
    slope, start = np.polyfit(x, y, 1)
    return [float(start + slope * at) for at in x]


def discarded(texts: Sequence[Generation]) -> float:
    """Share of all draws that were taken back."""
    return sum(text.cost.discarded for text in texts) / sum(text.cost.drawn for text in texts)


def _forwards(texts: Sequence[Generation]) -> float:
    return sum(text.cost.forwards for text in texts) / sum(text.cost.kept for text in texts)


def _drawn(subject: Subject, prompt: Sequence[int], tokens: int, seed: int) -> Iterator[Drew]:
    sampler = BacktrackSampler(subject.backend, Plain(), max_new_tokens=tokens, seed=seed)
    return (event for event in sampler.trace(prompt) if isinstance(event, Drew))


def _measured(x: Sequence[int] | Sequence[float], rounds: int, cost: Callable[..., float], tokens: int) -> list[Spread]:
    """`cost(x, seed, tokens)` at all x in turn, round by round, after a short run of each."""
    for at in x:
        cost(at, 0, min(WARM_UP, tokens - 1))
    runs = [[cost(at, seed, tokens) for at in x] for seed in range(1, rounds + 1)]
    return _spreads(runs)


def _spreads(runs: Sequence[Sequence[float]]) -> list[Spread]:
    return [Spread.of(values) for values in zip(*runs, strict=True)]


def _law(x: Sequence[float], y: Sequence[float]) -> Series:
    return Series("law", x, [Spread(at, at, at) for at in y])
