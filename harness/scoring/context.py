"""What a scorer may know besides the samples."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """One entry of timing.json: a stretch of generation and how long it took."""

    seconds: float
    forwards: int
    kept: int
    drawn: int
    samples: int


@dataclass(frozen=True)
class Context:
    """Phrase lists (entries, as loaded) and timings; empty where there is none."""

    phrases: tuple[str, ...] = ()
    heldout: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
