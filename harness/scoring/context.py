"""What a scorer may know besides the samples."""

from dataclasses import dataclass

from harness.scoring.readings import Reference
from harness.store.timing import Segment


@dataclass(frozen=True)
class Context:
    """Lists (entries, as loaded), timings, and what a reference model said; empty where there is none."""

    phrases: tuple[str, ...] = ()
    heldout: tuple[str, ...] = ()
    regexes: tuple[str, ...] = ()
    trigrams: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    reference: Reference | None = None
