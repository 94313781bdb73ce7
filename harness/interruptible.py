"""The frame of every sweep: tracked from its beginning, and ended in one line by whatever interrupts it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.interruption import exit_code, needing_memory, needing_room, said_of
from harness.terminal import saying
from harness.tracking import Tracking


def interruptible(
    tracking: Tracking, write_sweep: Callable[[], Mapping[str, Any]], folder: Path, work: Callable[[], int]
) -> int:
    """Start tracking, then do the work; returns its exit code, or that of what interrupted it.

    `write_sweep` writes the sweep's sweep.json as it is now, and returns its content.
    """
    try:
        with needing_room(), needing_memory():
            with saying("tracking"):
                tracking.start_sweep(write_sweep(), folder)
            return _closed(tracking, write_sweep, folder, work)
    except KeyboardInterrupt as interruption:
        print(said_of(interruption), file=sys.stderr)
        return exit_code(interruption)


def _closed(
    tracking: Tracking, write_sweep: Callable[[], Mapping[str, Any]], folder: Path, work: Callable[[], int]
) -> int:
    try:
        with needing_room(), needing_memory():
            return work()
    except KeyboardInterrupt:
        with suppress(OSError):  # the disk may be full
            tracking.finish_sweep(write_sweep(), folder, "interrupted")
        raise
