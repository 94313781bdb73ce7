"""The finished text of one prompt, and everything known about how it came to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sampler.cost import Cost
from sampler.events import FinishReason, Noted, Rewound
from sampler.release import final_text
from sampler.row import Row


@dataclass(frozen=True)
class Generation:
    """One text. `len(tokens) == cost.kept`."""

    id: str
    prompt: str
    text: str  # what decoding prompt + tokens adds to decoding the prompt; no EOS, nothing from a stop string on
    tokens: tuple[int, ...]  # kept, with EOS
    logprobs: tuple[float, ...]  # nats of each kept token under the unmodified model
    finish_reason: FinishReason
    cost: Cost
    events: tuple[Rewound, ...]  # the rewinds, in order
    notes: tuple[Noted, ...]  # what the strategy said, in order
    history: tuple[Rewound | Noted, ...]  # both, in the order they happened
    state: Any  # the strategy's last state
    error: str | None = None

    @classmethod
    def of(cls, row: Row) -> Generation:
        """Read a finished row."""
        assert row.finished is not None, f"row {row.request.id} is not finished"
        history = tuple(event for event in row.events if isinstance(event, Rewound | Noted))
        return cls(
            id=row.request.id,
            prompt=row.request.prompt.text,
            text=final_text(row),
            tokens=tuple(row.tokens),
            logprobs=tuple(row.logprobs),
            finish_reason=row.finished.reason,
            cost=Cost.of(row.events),
            events=tuple(event for event in history if isinstance(event, Rewound)),
            notes=tuple(event for event in history if isinstance(event, Noted)),
            history=history,
            state=row.states[-1],
            error=row.finished.error or None,
        )
