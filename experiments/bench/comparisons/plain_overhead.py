"""What our loop costs where no strategy does anything.

A: one row, Plain. B: a bare `model(…)` + multinomial loop with a KV cache. Kept tokens per second.
"""

from __future__ import annotations

from experiments.bench.compare import compare
from experiments.bench.result import Result
from experiments.bench.settings import Settings
from experiments.bench.writers import bare_loop, ours
from strategies import Plain

LINES = {"2m": 0.75, "15m": 0.90, "110m": 0.95}


def run(settings: Settings) -> Result:
    """One line per model."""
    lines = []
    for subject in settings.subjects():
        prompt = subject.prompts[0]
        a, b = ours("one row, Plain", subject.backend, Plain(), [prompt]), bare_loop(subject, prompt)
        lines.append(
            compare(
                subject.label,
                "one row",
                a,
                b,
                tokens=settings.sizes.text,
                rounds=settings.rounds,
                unit="kept",
                target=LINES.get(subject.label),
            )
        )
    return Result("plain_overhead", "What does the loop itself cost?", lines)
