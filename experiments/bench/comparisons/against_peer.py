"""Against the sampler that people use today, backtrack_sampler 3.2.1, which writes one row at a time.

A: AntiSlop, one row, or 16. B: its AntiSlop, one row, the same phrases, prompt and length, no truncation on either
side. Kept tokens per second. It bans a phrase as token sequences, in seven spellings; ours as text, with whole words.
"""

from __future__ import annotations

from collections.abc import Iterator

from experiments.bench.bans import ban_list
from experiments.bench.compare import compare
from experiments.bench.peer import MISSING, is_installed, peer
from experiments.bench.result import Line, Result
from experiments.bench.settings import Settings
from experiments.bench.subjects import Subject
from experiments.bench.writers import ours
from strategies import AntiSlop

# Rows of ours, phrases → the least ratio on each model.
LINES = {
    (1, 10): {"2m": 2.0, "15m": 1.25, "110m": 1.03},
    (1, 1_000): {"2m": 10.0, "15m": 5.0, "110m": 2.0},
    (16, 10): {"2m": 8.0, "15m": 5.0, "110m": 4.0},
}
QUESTION = "How much faster than backtrack_sampler?"


def run(settings: Settings) -> Result:
    """Three lines per model."""
    if not is_installed():
        return Result("against_peer", QUESTION, notes=(f"Left out: {MISSING}",))
    return Result("against_peer", QUESTION, [line for s in settings.subjects() for line in _lines(s, settings)])


def _lines(subject: Subject, settings: Settings) -> Iterator[Line]:
    for (rows, size), targets in LINES.items():
        phrases = ban_list(subject, size)
        prompts = (subject.prompts * rows)[:rows] if rows > 1 else subject.prompts[:1]
        yield compare(
            subject.label,
            f"{rows} {'row' if rows == 1 else 'rows'}, {size:,} phrases",
            ours(f"AntiSlop, {rows} at once", subject.backend, AntiSlop(phrases), prompts),
            peer(subject, phrases, subject.texts[0]),
            tokens=settings.sizes.text if rows == 1 else settings.sizes.many,
            rounds=settings.rounds,
            unit="kept",
            target=targets.get(subject.label),
        )
