"""How long what is left will take: a job's own pace, or that of the jobs it is most like."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

from harness.progress.row import RUNNING, Row


class Paces:
    """Seconds per text, of jobs seen so far in this command.

    A strategy decides more than a model how long a text takes, and both more than a temperature: a job that has written
    fewer texts than its model has rows at once goes by the same strategy on the same model, then on any, then by all.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self._seen: dict[Hashable, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
        for row in rows:
            if row.written:
                for likeness in _likenesses(row):
                    seconds, texts = self._seen[likeness]
                    self._seen[likeness] = seconds + row.seconds, texts + row.written

    def left(self, row: Row, now: float) -> float | None:
        """Seconds until the row is done if it goes on, or begins, now; None while no text was written at all."""
        for likeness in _likenesses(row):
            seconds, texts = self._seen.get(likeness, (0.0, 0))
            if texts:
                passed = now - row.newest if row.state == "writing" else 0.0
                return max(row.left * seconds / texts - passed, 0.0)
        return None


def _likenesses(row: Row) -> Iterator[Hashable]:
    """From the closest on."""
    if row.written >= min(row.job.settings.batch_size, row.total):
        yield row.number
    yield row.name.model, row.name.strategy
    yield row.name.strategy
    yield None


def seconds_left(rows: Sequence[Row], now: float) -> float | None:
    """Of a sweep that goes on with as many jobs at once as run now; None while that is unknown.

    A job that was interrupted is as good as waiting: the same command goes on with it.
    """
    paces = Paces(rows)
    each = [paces.left(row, now) for row in rows if row.left and row.state != "failed"]
    known = [seconds for seconds in each if seconds is not None]
    if len(known) < len(each):
        return None
    at_once = sum(row.state in RUNNING for row in rows)
    return max([sum(known) / max(at_once, 1), *_running(rows, paces, now)], default=0.0)


def _running(rows: Sequence[Row], paces: Paces, now: float) -> Iterator[float]:
    """No sweep ends before the longest of its running jobs."""
    for row in rows:
        if row.state in RUNNING and (left := paces.left(row, now)) is not None:
            yield left
