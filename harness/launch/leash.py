"""No worker outlives its command: it ends when the process that started it has ended, in whatever way.

The parent holds a file lock, which the kernel takes back when it dies; each worker tries for it, twice a second. Each
holds a lock of its own as well, so that the parent of an interrupted sweep can wait until all of them are gone.
"""

from __future__ import annotations

import _thread
import fcntl
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout

PARENT = "parent.lock"
SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_TO_END = 10.0  # a worker finishes its forward, and says in the job's folder that it was interrupted

_at_work = threading.Event()
_held: list[FileLock] = []  # a lock that nobody refers to is released


@contextmanager
def leash() -> Iterator[Path]:
    """The folder that workers `follow`; when it closes they end, and after an interruption it waits until they have."""
    folder = Path(tempfile.mkdtemp(prefix="backtrack-harness-"))
    try:
        with FileLock(folder / PARENT):
            yield folder
    except BaseException:
        _await_end(folder)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _await_end(folder: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_END
    for path in folder.glob("[0-9]*.lock"):
        lock = FileLock(path)
        try:
            lock.acquire(timeout=max(0.0, deadline - time.monotonic()))
        except Timeout:
            with suppress(ProcessLookupError):
                os.kill(int(path.stem), signal.SIGKILL)
        else:
            lock.release()


@cache
def follow(folder: Path) -> None:
    """From now on this process ends when `folder`'s parent does."""
    with suppress(OSError):  # the parent may be gone already; the first look will say so
        (mine := FileLock(folder / f"{os.getpid()}.lock")).acquire()
        _held.append(mine)
    threading.Thread(target=_watch, args=(folder,), daemon=True).start()


@contextmanager
def at_work() -> Iterator[None]:
    """Within, there is something to end in order: the process is interrupted first, and ended only then."""
    _at_work.set()
    try:
        yield
    finally:
        _at_work.clear()


def _watch(folder: Path) -> None:
    while _is_led(folder):
        time.sleep(SECONDS_BETWEEN_LOOKS)
    if _at_work.is_set():
        _thread.interrupt_main()
    deadline = time.monotonic() + SECONDS_TO_END
    while _at_work.is_set() and time.monotonic() < deadline:
        time.sleep(0.05)
    os._exit(1)


def _is_led(folder: Path) -> bool:
    """Whether the parent still holds its lock. A FileLock would make the folder anew where it is gone."""
    try:
        with (folder / PARENT).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: workers that look at once are not in the way
    except BlockingIOError:
        return True
    except OSError:  # the folder is gone
        return False
    return False
