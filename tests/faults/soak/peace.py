"""The sweep left in peace: what the other must equal, how long its end takes, and how its memory grows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.faults.soak.victim import Victim


class Reading(NamedTuple):
    """Resident memory of the sweep's process at one moment."""

    seconds: float
    texts: int
    mebibytes: float


@dataclass(frozen=True)
class Peace:
    """One undisturbed run. `late`: seconds from the last text to the end."""

    readings: tuple[Reading, ...]
    late: float

    @property
    def growth(self) -> float:
        """Mean memory while the last quarter of the texts was written, over that while the second quarter was."""
        texts = max(reading.texts for reading in self.readings)
        quarters: tuple[list[float], ...] = ([], [], [], [])
        for reading in self.readings:
            if 0 < reading.texts < texts:
                quarters[4 * reading.texts // texts].append(reading.mebibytes)
        second, last = (sum(quarters[i]) / len(quarters[i]) for i in (1, 3))
        return last / second


def let_run(victim: Victim, every: float) -> Peace:
    """Run it once, reading its memory every so many seconds."""
    began, process = time.monotonic(), victim.start()
    readings, written = [], None
    while process.poll() is None:
        now = time.monotonic() - began
        readings.append(Reading(now, victim.count(), _resident(process.pid)))
        if written is None and victim.is_written():
            written = now
        time.sleep(every)
    _, said = process.communicate()
    assert process.returncode == 0, said[-2000:]
    return Peace(tuple(readings), time.monotonic() - began - (written or 0.0))


def _resident(process: int) -> float:
    """MiB; 0 where the process has just gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(found[0]) / 1024 if found else 0.0
