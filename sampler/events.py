"""What happened to a row, as frozen values in the order it happened. Cost and streaming are folds over these."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

FinishReason = Literal["eos", "length", "stop", "exhausted", "budget", "error"]


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

    def as_record(self) -> dict[str, Any]:
        """The event as `samples.jsonl` holds it."""
        record = {"kind": "rewind", "at": self.at, "to": self.to, "why": self.why, "char": self.char, "text": self.text}
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


Event = Drew | Rewound | Noted | Committed | Finished | Forward
