"""What a scorer may know besides the samples."""

from dataclasses import dataclass

from harness.timing import Segment


@dataclass(frozen=True)
class Context:
    """Phrase lists (entries, as loaded) and timings; empty where there is none."""

    phrases: tuple[str, ...] = ()
    heldout: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
