"""Writing one text with a scripted model, and reading off what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sampler import BacktrackSampler, Decoding, Generation, Rewound
from sampler.backends.base import Backend

GREEDY = Decoding(temperature=0)


def write(
    backend: Backend, strategy: Any, prompt: str | Sequence[int] = "", decoding: Decoding = GREEDY, **options: Any
) -> Generation:
    """The one text that `strategy` writes, at temperature 0 unless `decoding` says otherwise."""
    options = {"max_new_tokens": 20} | options
    return BacktrackSampler(backend, strategy, decoding, **options).generate([prompt])[0]


def rewinds(generation: Generation) -> list[tuple[int, int, str]]:
    """Every rewind as (at, to, why)."""
    return [(event.at, event.to, event.why) for event in generation.events]


def notes(generation: Generation) -> list[str]:
    return [event.note for event in generation.notes]


def picture(generation: Generation) -> tuple[Any, ...]:
    """Everything of a generation but wall time."""
    g = generation
    return g.id, g.text, g.tokens, g.logprobs, g.finish_reason, g.history, g.cost.as_record()


def counted(generation: Generation) -> tuple[Any, ...]:
    """What happened and what it cost, without the nats that a batch moves in their last digits."""
    history = [event._replace(logprob=None) if isinstance(event, Rewound) else event for event in generation.history]
    return history, {name: n for name, n in generation.cost.as_record().items() if name != "ban_nats"}
