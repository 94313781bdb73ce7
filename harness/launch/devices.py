"""Which CUDA devices a worker sees, where several share a machine.

Workers of this machine take seats 0, 1, 2, …: the first that no living process holds, over all sweeps, by file locks
which the kernel takes back from the dead. The seat says the devices. A scheduler that hands out devices itself (Slurm,
a Ray cluster) is left alone.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

VISIBLE = "CUDA_VISIBLE_DEVICES"


def share(seat: int, workers: int, devices: Sequence[str]) -> tuple[str, ...]:
    """The devices of a seat. Fewer workers than devices: equal parts, a remainder is left idle; more: they share.

    >>> share(1, workers=2, devices="0123")
    ('2', '3')
    >>> share(2, workers=3, devices="01")
    ('0',)
    """
    size = max(1, len(devices) // workers)
    parts = len(devices) // size
    start = seat % parts * size
    return tuple(devices[start : start + size])


def devices_to_share(asked: Iterable[str]) -> tuple[str, ...]:
    """What this process sees, to be shared among its workers; nothing where a job's `model.device` names one itself."""
    if any(re.search(r":\d", device) for device in asked):
        return ()
    if (stated := os.environ.get(VISIBLE)) is not None:
        return tuple(device for device in stated.split(",") if device)
    import torch

    return tuple(map(str, range(torch.cuda.device_count())))


def occupy(workers: int, devices: Sequence[str]) -> None:
    """See this process's share only. To be called before torch or llama.cpp first looks for devices."""
    if devices:
        os.environ[VISIBLE] = ",".join(share(_seat(), workers, devices))


@cache
def _seat() -> int:
    """The seat of this process, taken until it ends."""
    return _take(_seats())[0]


def _seats() -> Path:
    folder = Path(tempfile.gettempdir()) / f"backtrack-harness-seats-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@cache  # which also keeps the lock
def _take(folder: Path) -> tuple[int, FileLock]:
    for seat in count():
        lock = FileLock(folder / f"{seat}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        return seat, lock
    raise AssertionError("there is always a further seat")
