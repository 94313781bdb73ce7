"""Wall-clock times, apart from the samples: two equal runs differ in nothing else."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.parsing import read_json
from harness.store.records import write_json
from harness.typed import build

if TYPE_CHECKING:  # scoring reads this file and needs no model
    from sampler import Cost


@dataclass(frozen=True)
class Segment:
    """A stretch of generation: its wall time and what the samples finished in it cost. Loading is not in it.

    The last three are of these samples from their beginning on, so they may have been spent before the stretch; None in
    files that do not say.
    """

    seconds: float = 0.0
    forwards: int = 0
    kept: int = 0
    drawn: int = 0
    samples: int = 0
    model_seconds: float | None = None  # inside the model, a batch's time shared among its rows
    outside_seconds: float | None = None  # shapes, bans, draws, matching, decisions
    strategy_seconds: float | None = None  # of these, in the strategy: shapes, matching, decisions

    def with_sample(self, cost: Cost, seconds: float) -> Segment:
        """The stretch, now `seconds` long, with one more finished sample."""
        return Segment(
            seconds,
            self.forwards + cost.forwards,
            self.kept + cost.kept,
            self.drawn + cost.drawn,
            self.samples + 1,
            (self.model_seconds or 0.0) + cost.seconds,
            (self.outside_seconds or 0.0) + cost.outside_seconds,
            (self.strategy_seconds or 0.0) + cost.strategy_seconds,
        )


@dataclass(frozen=True)
class Timing:
    """The content of `timing.json`."""

    segments: tuple[Segment, ...]
    notes: tuple[str, ...] = ()  # what befell the machine: batches that did not fit into its memory


class Stopwatch:
    """Closes a segment every `every` samples and keeps `timing.json` up to date; a resumed run appends to it."""

    def __init__(self, path: Path, every: int) -> None:
        self._path, self._every = path, every
        before = _read(path)
        self._segments, self._notes = [asdict(segment) for segment in before.segments], list(before.notes)
        self._start, self._open = time.perf_counter(), Segment()

    def add(self, cost: Cost) -> bool:
        """Count a finished sample by what it cost. True when that closed a segment."""
        self._open = self._open.with_sample(cost, time.perf_counter() - self._start)
        full = self._open.samples == self._every
        if full:
            self.close()
        return full

    def note(self, what: str) -> None:
        """Keep a line about the run with its times."""
        self._notes.append(what)

    def close(self) -> None:
        """Write what is open, if anything is."""
        if self._open.samples:
            self._segments.append(asdict(self._open))
            notes = {"notes": self._notes} if self._notes else {}
            write_json(self._path, {"segments": self._segments, **notes})
        self._start, self._open = time.perf_counter(), Segment()


def read_timing(path: Path) -> tuple[Segment, ...]:
    """The segments of a `timing.json`; none when the job was never timed. Raise InputError, ValueError."""
    return _read(path).segments


def _read(path: Path) -> Timing:
    if not path.is_file():
        return Timing(())
    try:
        return build(Timing, read_json(path), str(path))
    except ValueError as error:
        raise ValueError(f"{error}; delete it: only how long the texts took is lost") from None
