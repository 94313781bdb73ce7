"""Long lists: an automaton reads a character in one step, however many phrases it knows.

A: 10,000 phrases. B: the first 10 of them, which are those that are found. Seconds per drawn token; and how long the
automaton takes to build, and how often it is built.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from experiments.bench.bans import ban_list
from experiments.bench.compare import compare
from experiments.bench.result import Check, Line, Result, Spread
from experiments.bench.settings import Settings
from experiments.bench.subjects import Subject
from experiments.bench.writers import ours
from sampler import BacktrackSampler
from strategies import AntiSlop

LINE, BUILD_SECONDS = 1.05, 1.0
SHORT, LONG = 10, 10_000
MODELS = ("2m", "15m")  # a larger model only hides the matcher


def run(settings: Settings) -> Result:
    """A line per model for one row and for many, and two checks."""
    lines: list[Line] = []
    checks: list[Check] = []
    rows = settings.sizes.rows
    for subject in settings.subjects(*MODELS):
        long, short = (AntiSlop(ban_list(subject, size)) for size in (LONG, SHORT))
        for count in (1, rows):
            prompts = subject.ragged(count)
            a, b = (
                ours(f"{size:,} phrases", subject.backend, strategy, prompts)
                for size, strategy in ((LONG, long), (SHORT, short))
            )
            lines.append(
                compare(
                    subject.label,
                    f"{count} {'row' if count == 1 else 'rows'}",
                    a,
                    b,
                    tokens=settings.sizes.text,
                    rounds=settings.rounds,
                    unit="drawn",
                    target=LINE,
                    cost=True,
                )
            )
        checks += map(_same_texts, lines[-2:])
        checks += [_build(subject, settings.rounds), *_shared(subject, long)]
    return Result("phrases", "Does a list of 10,000 phrases cost more than one of 10?", lines, checks)


def _build(subject: Subject, rounds: int) -> Check:
    """Each time with one more phrase, lest an automaton be found built already."""
    phrases, seconds = ban_list(subject, LONG), []
    for extra in range(rounds):
        began = time.perf_counter()
        AntiSlop([*phrases, f"extra{extra}"])
        seconds.append(time.perf_counter() - began)
    found = Spread.of(seconds)
    what = f"{subject.label}: building AntiSlop with {LONG:,} phrases takes at most {BUILD_SECONDS:g} s"
    return Check(what, found.median <= BUILD_SECONDS, f"{found} s")


def _same_texts(line: Line) -> Check:
    """What is compared is the length of the list alone."""
    counts = [(a.written.discarded, b.written.discarded) for a, b in line.rounds]
    what = f"{line.model}, {line.what}: both lists take back equally many tokens"
    return Check(what, all(a == b for a, b in counts), ", ".join(f"{a} and {b}" for a, b in counts))


def _shared(subject: Subject, strategy: AntiSlop) -> list[Check]:
    """A sampler works with the automaton that its strategy brings; a sweep makes a strategy for each of its jobs."""
    samplers = [BacktrackSampler(subject.backend, strategy, seed=seed).strategy for seed in range(2)]
    again = AntiSlop(ban_list(subject, LONG))
    label = subject.label
    return [
        Check(f"{label}: one automaton for all samplers and rows", *_number([strategy, *samplers])),
        Check(f"{label}: one automaton for all jobs with equal lists", *_number([strategy, again])),
    ]


def _number(strategies: Sequence[Any]) -> tuple[bool, str]:
    automata = {id(strategy.finder.matcher) for strategy in strategies}
    return len(automata) == 1, f"{len(automata)} for {len(strategies)} strategies"
