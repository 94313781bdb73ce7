"""What a scorer may know besides the samples."""

from dataclasses import dataclass

from harness.timing import Segment


@dataclass(frozen=True)
class Context:
    """Lists (entries, as loaded) and timings; empty where there is none."""

    phrases: tuple[str, ...] = ()
    heldout: tuple[str, ...] = ()
    regexes: tuple[str, ...] = ()
    trigrams: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
