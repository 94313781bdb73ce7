"""Places that are filled again at once, against batches that wait for their longest text.

A: all requests in one call, 16 at a time. B: the same requests in calls of 16. Same texts, whose lengths vary
geometrically; kept tokens per second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from experiments.bench.compare import compare
from experiments.bench.result import Check, Result
from experiments.bench.settings import Settings
from experiments.bench.subjects import Subject, Tokens
from experiments.bench.timing import Side, Written
from sampler import Accept, BacktrackSampler, Decision, Generation, Prompt, Stop, Strategy, View

LINE = 1.2
MODELS = ("2m", "15m")  # 64 texts by 110m would take longer than all other comparisons


class UpTo(Strategy[int]):
    """Plain, ended at a length of each prompt's own. Law: the model's, cut there."""

    def __init__(self, lengths: Mapping[Tokens, int]) -> None:
        self._lengths = lengths

    def init(self, prompt: Prompt) -> int:
        return self._lengths[prompt.tokens]

    def step(self, state: int, view: View) -> tuple[int, Decision]:
        return state, Stop("its length") if len(view.tokens) >= state else Accept(settled=True)


def geometric(count: int, mean: int, seed: int = 0) -> list[int]:
    """`count` lengths of at least 1, drawn from the geometric law of this mean."""
    random = Random(seed)
    return [1 + int(random.expovariate(1 / (mean - 0.5))) for _ in range(count)]


def in_batches(subject: Subject, lengths: Mapping[Tokens, int], batch: int, at_once: int) -> list[Generation]:
    """All texts, `at_once` requests to a call; each under the id that it has in any other division."""
    sampler = BacktrackSampler(subject.backend, UpTo(lengths), max_new_tokens=max(lengths.values()), batch_size=batch)
    prompts, texts = list(lengths), []
    for first in range(0, len(prompts), at_once):
        part = prompts[first : first + at_once]
        texts += sampler.generate(part, ids=[str(first + i) for i in range(len(part))])
    return texts


def run(settings: Settings) -> Result:
    """One line per model, and how many forward passes the lengths ask for either way."""
    lines, checks, sizes = [], [], settings.sizes
    drawn = geometric(sizes.requests, sizes.mean_length)
    for subject in settings.subjects(*MODELS):
        lengths = dict(zip(subject.ragged(sizes.requests), drawn, strict=True))
        a, b = (_side(subject, lengths, sizes.rows, at_once) for at_once in (len(lengths), sizes.rows))
        lines.append(
            compare(
                subject.label,
                f"{sizes.requests} requests, mean length {sizes.mean_length}",
                a,
                b,
                tokens=max(drawn),
                rounds=settings.rounds,
                unit="kept",
                target=LINE,
            )
        )
    checks.append(_steps(drawn, sizes.rows))
    return Result("continuous", "What is it worth to fill a place as soon as it is free?", lines, checks)


def _side(subject: Subject, lengths: Mapping[Tokens, int], batch: int, at_once: int) -> Side:
    def write(seed: int, tokens: int) -> Written:
        capped = {prompt: min(length, tokens) for prompt, length in lengths.items()}
        texts = in_batches(subject, capped, batch, at_once)
        assert [len(text.tokens) for text in texts] == list(capped.values()), "a text has another length than asked"
        return Written(sum(capped.values()))

    return Side("continuous batching" if at_once > batch else "fixed batches", write)


def _steps(lengths: Sequence[int], rows: int) -> Check:
    """Steps of the model by the lengths alone: the ratio that no overhead can hide."""
    continuous, fixed = steps(lengths, rows), sum(max(lengths[i : i + rows]) for i in range(0, len(lengths), rows))
    found = f"{continuous} against {fixed} steps of up to {rows} rows: {fixed / continuous:.2f} x"
    return Check("continuous batching takes fewer steps", continuous < fixed, found)


def steps(lengths: Sequence[int], rows: int) -> int:
    """How many steps `lengths` take in `rows` places, each given to the next text as soon as it is free."""
    free = [0] * rows
    for length in lengths:
        place = min(range(rows), key=free.__getitem__)
        free[place] += length
    return max(free)
