"""What a reference model said about texts: values only, so that a context can hold them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reading:
    """`bits` = -Σ log2 p over the tokens of a text of `bytes` UTF-8 bytes; None with a reason where it has none."""

    bits: float | None
    bytes: int
    reason: str | None = None

    def __post_init__(self) -> None:
        if (self.bits is None) == (self.reason is None):
            raise ValueError(f"give bits or a reason why there are none, not bits={self.bits} reason={self.reason}")

    @property
    def scored(self) -> int:
        """Bytes that the bits are spread over: none without bits."""
        return 0 if self.bits is None else self.bytes


@dataclass(frozen=True)
class Reference:
    """`model` says who judged: label, digests of weights and tokenizer, number format. Readings go by reading_key."""

    model: Mapping[str, Any]
    readings: Mapping[str, Reading]
