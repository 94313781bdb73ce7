"""Batches against the library's own loop, which knows no strategy.

A: 16 rows with AntiSlop, 10 phrases; and with Plain. B: `model.generate` of the same 16 prompts, of mixed lengths,
padded on the left. Tokens drawn per second: what is discarded counts as work done, what the machinery costs does not.
"""

from __future__ import annotations

from experiments.bench.bans import ban_list
from experiments.bench.compare import compare
from experiments.bench.result import Result
from experiments.bench.settings import Settings
from experiments.bench.writers import library, ours
from strategies import AntiSlop, Plain

LINE = 0.95


def run(settings: Settings) -> Result:
    """Two lines per model."""
    lines, rows = [], settings.sizes.rows
    for subject in settings.subjects():
        prompts = subject.ragged(rows)
        b = library(subject, prompts)
        for name, strategy in (("Plain", Plain()), ("AntiSlop, 10 phrases", AntiSlop(ban_list(subject, 10)))):
            a = ours(f"{rows} rows, {name}", subject.backend, strategy, prompts)
            lines.append(
                compare(
                    subject.label,
                    f"{rows} ragged rows, {name}",
                    a,
                    b,
                    tokens=settings.sizes.many,
                    rounds=settings.rounds,
                    unit="drawn",
                    target=LINE,
                )
            )
    return Result("against_generate", "Does a batch run at the library's own speed?", lines)
