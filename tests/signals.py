"""Ctrl-C for what a test interrupts: a shell that starts its jobs in the background has them ignore it."""

from __future__ import annotations

import signal


def hear_ctrl_c() -> None:
    """Undo the ignoring, here or, as `preexec_fn`, in a child."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
