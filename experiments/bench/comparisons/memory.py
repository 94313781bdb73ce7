"""What is held in memory while long texts are written.

A strategy that may go back to the start settles nothing, so the window of held logits is full: W x V x 4 bytes a row,
and the row of position 0. Keys and values grow with the positions of the longest row, in steps that at most double.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from experiments.bench.bans import ban_list
from experiments.bench.census import Held, Watching
from experiments.bench.result import Check, Curve, Result, Series, Spread
from experiments.bench.settings import Settings
from experiments.bench.subjects import Subject
from sampler import BacktrackSampler, Strategy
from sampler.backends import TransformersBackend
from sampler.backends.hf_cache import COLUMNS
from sampler.row import WINDOW
from strategies import AntiSlop, Plain

POINTS = 20  # counts along a text
MANY = 0.3  # of words that are banned, for a text with many draws
NEVER = ["qqqq zzzz qqqq"]  # a phrase that no text has
MIB = 2**20
FLOAT = 4  # bytes


def run(settings: Settings) -> Result:
    """On the smallest model: one long batch, and two short ones of which one draws more."""
    subject, sizes = settings.smallest(), settings.sizes
    held = watched(subject, AntiSlop(NEVER, rewind_to="start"), sizes.rows, sizes.long_text)
    few = watched(subject, Plain(), sizes.rows, sizes.many)
    many = watched(subject, AntiSlop(ban_list(subject, 10, MANY)), sizes.rows, sizes.many)
    bound = held_bound(subject, sizes.rows)
    checks = [
        _bounded(held, bound, f"{sizes.rows} rows x ({WINDOW} + 1) x {subject.vocabulary:,} x {FLOAT} bytes"),
        _cache_by_positions(held, subject, sizes.rows),
        Check(
            "the cache does not grow with draws",
            many[-1].cache <= few[-1].cache,
            f"{_mib(many[-1].cache)} after {many[-1].steps:,} steps, {_mib(few[-1].cache)} after {few[-1].steps:,}",
        ),
    ]
    return Result(
        "memory",
        "What does a long text hold?",
        checks=checks,
        curves=list(_curves(held, subject, sizes.rows, bound)),
        notes=[_residents(held)],
    )


def watched(subject: Subject, strategy: Strategy[Any], rows: int, tokens: int, points: int = POINTS) -> list[Held]:
    """About `points` counts along a batch written by a backend of its own."""
    backend = TransformersBackend(subject.model, subject.tokenizer)
    watching = Watching(backend, subject.model, max(1, tokens // points))
    sampler = BacktrackSampler(watching, strategy, max_new_tokens=tokens, max_draws=10**6, batch_size=rows)
    sampler.generate(subject.ragged(rows))
    return watching.held


def held_bound(subject: Subject, rows: int) -> int:
    """Bytes of held logits, float32: the newest `WINDOW` positions of each row, and position 0."""
    return rows * (WINDOW + 1) * subject.vocabulary * FLOAT


def position_bytes(model: Any) -> int:
    """Keys and values of one position of one row, all layers, float32."""
    config = model.config.get_text_config()
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return 2 * int(config.num_hidden_layers) * int(config.num_key_value_heads) * int(width) * FLOAT


def _bounded(held: Sequence[Held], bound: int, law: str) -> Check:
    most = max(one.logits for one in held)
    return Check(
        "held logits stay below their bound", most <= bound, f"at most {_mib(most)}; bound {_mib(bound)} = {law}"
    )


def _cache_by_positions(held: Sequence[Held], subject: Subject, rows: int) -> Check:
    limits = [2 * cache_law(one.steps, subject, rows) for one in held]
    holds = all(one.cache <= limit for one, limit in zip(held, limits, strict=True))
    last = cache_law(held[-1].steps, subject, rows)
    return Check("the cache is at most twice its positions", holds, f"{_mib(held[-1].cache)}; positions {_mib(last)}")


def cache_law(steps: int, subject: Subject, rows: int) -> int:
    """Bytes of all rows at the length of the longest, rounded up to whole blocks, after `steps` without a rewind."""
    longest = max(map(len, subject.ragged(rows))) + steps
    return -(-longest // COLUMNS) * COLUMNS * rows * position_bytes(subject.model)


def _residents(held: Sequence[Held]) -> str:
    found = [one.resident for one in held if one.resident is not None]
    known = f"{_mib(found[0])} at first, {_mib(max(found))} at most" if found else "not known: this system has no /proc"
    return f"The whole process in memory: {known}."


def _mib(size: float) -> str:
    return f"{size / MIB:,.1f} MiB"


def _curves(held: Sequence[Held], subject: Subject, rows: int, bound: int) -> Iterator[Curve]:
    x = [one.steps for one in held]
    laws = {
        "logits": ("held logits", [bound] * len(x), "Law: the window is full, and no more is held."),
        "cache": (
            "keys and values", [cache_law(step, subject, rows) for step in x], "Law: the positions of the longest row."
        ),
    }  # fmt: skip
    for name, (label, law, words) in laws.items():
        measured = Series(label, x, [_exact(getattr(one, name) / MIB) for one in held])
        yield Curve(
            f"memory_{name}", f"Memory: {label}, {rows} rows of {subject.label}", "tokens of each text", "MiB",
            [measured], words, Series("law", x, [_exact(size / MIB) for size in law]),
        )  # fmt: skip


def _exact(value: float) -> Spread:
    return Spread(value, value, value)
