"""Lines at the end of a terminal that are drawn over again and again; what is printed meanwhile goes above them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from harness.terminal import size_of

SHOW_CURSOR = "\x1b[?25h"


class Canvas:
    """From its making to `close` whatever goes to stderr, or to a stdout on a terminal, is printed above the lines."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._console = Console(file=terminal, force_terminal=True, highlight=False)
        self._drawn: Sequence[Text] = ()
        self.size = self._console.size = size_of(terminal)
        self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=sys.stdout.isatty())
        self._live.start()

    @property
    def fits(self) -> bool:
        """Whether the terminal is as large as it was when the lines were drawn."""
        return self.size == size_of(self._terminal)

    def draw(self, lines: Sequence[Text], size: os.terminal_size) -> None:
        """Instead of what is there. `size` is what the lines were made for."""
        self._rise_above_broken(size.columns)
        self.size = self._console.size = size
        self._drawn = lines
        self._live.update(Group(*lines), refresh=True)

    def say(self, line: Text) -> None:
        """Above the lines, for good."""
        self._console.print(line, soft_wrap=True)

    def close(self) -> None:
        """The lines stay."""
        try:
            self._live.stop()
        finally:
            self._terminal.write(SHOW_CURSOR)
            self._terminal.flush()

    def _rise_above_broken(self, columns: int) -> None:
        """A terminal that became narrower has broken lines in two: the next ones begin above all parts of them."""
        parts = sum(max(line.cell_len - 1, 0) // columns for line in self._drawn)
        if columns < self.size.columns and parts:
            self._terminal.write(f"\x1b[{parts}A\x1b[J")
