"""The terminal behind a stream: whether there is one, how large it is, and who has it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

UNKNOWN = os.terminal_size((80, 24))
NO_CURSOR = ("dumb", "unknown")
CLEAR_LINE = "\r\x1b[K"


def moves_cursor(stream: TextIO) -> bool:
    """Whether it is a terminal that can write again where it has written."""
    return stream.isatty() and os.environ.get("TERM", "dumb") not in NO_CURSOR


def size_of(stream: TextIO) -> os.terminal_size:
    """Columns and rows; what a terminal, or the environment, says to be 0 is not known."""
    try:
        stated = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        stated = os.terminal_size((0, 0))
    columns, rows = (os.environ.get(name, "") for name in ("COLUMNS", "LINES"))
    return os.terminal_size(
        (
            int(columns if columns.isdecimal() else 0) or stated.columns or UNKNOWN.columns,
            int(rows if rows.isdecimal() else 0) or stated.lines or UNKNOWN.lines,
        )
    )


def is_in_front(terminal: TextIO) -> bool:
    """Whether the terminal is this process's to write over: it is another's after Ctrl-Z and bg, or with &."""
    try:
        return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:  # a terminal of no session has no foreground
        return True


@contextmanager
def saying(what: str) -> Iterator[None]:
    """Within, a terminal says what it waits for. Nothing of that stays; files and pipes get nothing."""
    if not (moves_cursor(sys.stderr) and is_in_front(sys.stderr)):
        yield
        return
    _write(f"{CLEAR_LINE}{what} …\r")
    try:
        yield
    finally:
        _write(CLEAR_LINE)


def _write(text: str) -> None:
    with suppress(OSError):  # whoever watched is gone
        sys.stderr.write(text)
        sys.stderr.flush()
