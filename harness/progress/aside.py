"""Ctrl-Z: what was drawn is left in order before the process stops."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stepping_aside(leave: Callable[[], None], return_after: Callable[[float], None]) -> Iterator[None]:
    """Within, SIGTSTP calls `leave` before it stops the process, and `return_after` with the seconds that it stood.

    Only a main thread can hear it, and not where it is ignored: there is no shell that could bring the process back.
    """
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGTSTP) is not signal.SIG_DFL:
        yield
        return

    def stop(*_: object) -> None:
        leave()
        began = time.monotonic()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, stop)
        return_after(time.monotonic() - began)

    signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
