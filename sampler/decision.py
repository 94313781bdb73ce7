"""What a strategy may say. A retraction is a value: the strategy returns it, the engine alone acts on it.

Positions are absolute in the continuation: 0 is the first generated token, and `to=p` keeps `tokens[:p]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

NOTHING: Mapping[int, float] = MappingProxyType({})


class Accept(NamedTuple):
    """Keep the token just drawn. From `exhausted`: lift the bans at this prefix and draw again."""

    settled: bool  # True: nothing said later reaches back before this point, so the text up to here may be released
    note: str = ""  # copied into the events


class Rewind(NamedTuple):
    """Keep `tokens[:to]` and draw position `to` again."""

    to: int
    why: str
    bias: Mapping[int, float] = (
        NOTHING  # token id -> nats added to its logit under the exact prefix tokens[:at]; -inf bans
    )
    at: int = -1  # -1 means: at = to
    force: tuple[int, ...] = ()  # pushed in order instead of drawn; each is stepped, and is a draw with one outcome
    note: str = ""


class Stop(NamedTuple):
    """End the row here: finish_reason "stop" from `step`, "exhausted" from `exhausted`."""

    why: str
    note: str = ""


Decision = Accept | Rewind | Stop


class Shape(NamedTuple):
    """How a strategy bends the tempered log-probs before a draw: `row * scale + bias`, or `row` given outright."""

    scale: float = 1.0
    bias: Mapping[int, float] = NOTHING
    row: Tensor | None = None  # [V] float64, replaces the tempered log-probs
