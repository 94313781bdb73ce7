"""What ends a whole sweep at once: Ctrl-C, SIGTERM, a full disk, memory that does not suffice for its end.

All of them leave what the same command continues.
"""

from __future__ import annotations

import errno
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from harness.errors import one_line

FAILED, INTERRUPTED, TERMINATED = 1, 130, 143
# No room left, a quota is used up, a file may not grow (RLIMIT_FSIZE, or what the file system can hold).
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Terminated(KeyboardInterrupt):
    """SIGTERM, which a cluster sends before it kills. Whatever lets Ctrl-C through lets this through."""


class OutOfTime(KeyboardInterrupt):
    """A cluster takes back the time that it gave. It says so a while before it kills."""


class StorageFull(KeyboardInterrupt):
    """Nothing more can be written where the results go."""


class MemoryFull(KeyboardInterrupt):
    """Scores, report or tracking do not fit into memory. (A job that does not fit is failed, and the others go on.)"""


def exit_code(interruption: KeyboardInterrupt) -> int:
    """130 after Ctrl-C, 143 after SIGTERM, as a shell has it; 1 where the disk or the memory is full."""
    return {Terminated: TERMINATED, StorageFull: FAILED, MemoryFull: FAILED}.get(type(interruption), INTERRUPTED)


def said_of(interruption: KeyboardInterrupt) -> str:
    """One line for the user."""
    if isinstance(interruption, StorageFull):
        return one_line(f"error: {interruption}; what is written stays: free some room, the same command continues")
    if isinstance(interruption, MemoryFull):
        return one_line(f"error: out of memory ({interruption}); what is written stays: the same command continues")
    what = str(interruption) or ("terminated" if isinstance(interruption, Terminated) else "interrupted")
    return f"{what}; the same command continues where it stopped"


@contextmanager
def terminable() -> Iterator[None]:
    """Within, SIGTERM raises Terminated; it would end the process without a word. Only a main thread may ask for it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _terminate(*_: object) -> NoReturn:
    """Once: Slurm sends it to a task and to its step, and the second would end what the first has begun to close."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


@contextmanager
def needing_room() -> Iterator[None]:
    """Within, a write that finds the disk full raises StorageFull, which names the file where it is known."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise StorageFull(str(error)) from error


@contextmanager
def needing_memory() -> Iterator[None]:
    """Within, an allocation that fails raises MemoryFull."""
    try:
        yield
    except Exception as error:
        from sampler.memory import first_line, is_memory  # torch, which --help does without

        if not is_memory(error):
            raise
        raise MemoryFull(f"{type(error).__name__}: {first_line(error)}".removesuffix(": ")) from error
