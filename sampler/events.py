"""What happened to a row, as frozen values in the order it happened. Cost and streaming are folds over these."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

FinishReason = Literal["eos", "length", "stop", "exhausted", "budget", "error"]

# Nats on disk. Which rows share a batch moves a float64 log-prob by about 1e-15: rounded, equal texts make equal files.
DECIMALS = 6


class Drew(NamedTuple):
    """A token was drawn (or forced) at `position`."""

    position: int
    token: int
    logprob: float  # nats, under the unmodified model
    forced: bool


class Rewound(NamedTuple):
    """Tokens `to..at` were taken back: `at - to` draws are discarded."""

    at: int  # tokens kept before the rewind, the triggering one included
    to: int
    why: str
    text: str  # what was taken back
    char: int  # characters of the continuation that stand before it
    note: str = ""
    logprob: float | None = None  # nats of the first token taken back, unmodified model; None: nothing was taken back

    def as_record(self) -> dict[str, Any]:
        """The event as `samples.jsonl` holds it."""
        record = {"kind": "rewind", "at": self.at, "to": self.to, "why": self.why, "char": self.char, "text": self.text}
        record |= {"logprob": None if self.logprob is None else nats_on_disk(self.logprob)}
        return record | ({"note": self.note} if self.note else {})


class Noted(NamedTuple):
    """A strategy said something about the text up to token `at`."""

    at: int
    note: str

    def as_record(self) -> dict[str, Any]:
        """The event as `samples.jsonl` holds it."""
        return {"kind": "note", "at": self.at, "note": self.note}


class Committed(NamedTuple):
    """Nothing will take back the first `tokens` tokens any more."""

    tokens: int
    held_back: tuple[int, ...] = ()  # of each token that was open until now: draws made since its own
    ban_nats: float = 0.0  # what bans cost at the draws of these tokens, summed


class Finished(NamedTuple):
    """The row ended."""

    reason: FinishReason
    error: str = ""


class Forward(NamedTuple):
    """One row's share of one call of the model."""

    forwards: int  # passes it took part in
    fed: int  # tokens fed for it
    refed: int  # of these, tokens that had been fed under the same prefix before
    seconds: float  # its share of the wall time


class Worked(NamedTuple):
    """All draws and decisions of the row took this long, outside the model."""

    seconds: float
    strategy_seconds: float  # of these, spent by the strategy itself: shapes, matching, decisions


Event = Drew | Rewound | Noted | Committed | Finished | Forward | Worked


def nats_on_disk(nats: float) -> float | None:
    """`nats` rounded; None, which JSON can say, where they are not finite (a forced token that the model rules out)."""
    return round(nats, DECIMALS) if math.isfinite(nats) else None
