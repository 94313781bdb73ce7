"""A terminal as a test has it: an emulator that reads what is sent, and a command that runs in a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte

from tests.environment import without
from tests.signals import hear_ctrl_c

ROOT = Path(__file__).resolve().parent.parent.parent
COLUMNS, ROWS = 80, 24


class Terminal(pyte.Screen):
    """An emulator that remembers every run of struck-through cells it has shown."""

    def __init__(self, columns: int = COLUMNS, rows: int = ROWS, answer: Callable[[str], object] = len) -> None:
        super().__init__(columns, rows)
        self._stream = pyte.Stream(self)
        self._answer = answer
        self.struck: set[str] = set()
        self.titles: list[str] = []

    def read(self, said: str) -> None:
        """Take output, looking at the screen between any two lines of it: frames may come in one piece."""
        for part in re.split(r"(?<=\n)", said):
            self._stream.feed(part)
            self.struck.update(self._runs())

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.display).rstrip()

    def _runs(self) -> Iterator[str]:
        cells = [self.buffer[row][column] for row in range(self.lines) for column in range(self.columns)]
        run = ""
        for cell in [*cells, None]:
            if cell is not None and cell.strikethrough:
                run += cell.data
            elif run:
                yield run
                run = ""

    def write_process_input(self, data: str) -> None:
        """Answers to what a program asks its terminal."""
        self._answer(data)

    def set_title(self, param: str) -> None:
        self.titles.append(param)


class Session:
    """`python -m MODULE ARGUMENTS` running in a pseudo-terminal of its own."""

    def __init__(self, folder: Path, module: str, *arguments: str) -> None:
        self._keyboard, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.screen = Terminal(answer=self.press)
        more = {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
        environment = without("COLUMNS", "LINES", "NO_COLOR") | more
        command = [sys.executable, "-m", module, *arguments]
        self._process = subprocess.Popen(
            command,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=folder,
            env=environment,
            process_group=0,
            preexec_fn=hear_ctrl_c,
        )
        os.close(terminal)

    def press(self, keys: str) -> None:
        os.write(self._keyboard, keys.encode())

    def interrupt(self) -> None:
        os.killpg(self._process.pid, signal.SIGINT)

    def terminate(self) -> None:
        """As `kill` does it: the command alone is told."""
        self._process.terminate()

    def suspend(self) -> None:
        """Ctrl-Z, and wait until the command stands; what it said before is on the screen."""
        os.killpg(self._process.pid, signal.SIGTSTP)
        assert os.WIFSTOPPED(os.waitpid(self._process.pid, os.WUNTRACED)[1])
        while select.select([self._keyboard], [], [], 0)[0]:
            self._read()

    def resume(self) -> None:
        os.killpg(self._process.pid, signal.SIGCONT)

    def wait_for(self, shown: Callable[[str], bool]) -> None:
        """Read on until the screen shows it; fails if the command ends without that."""
        while not shown(self.screen.text):
            assert self._read(), f"ended, and showed:\n{self.screen.text}"

    def finish(self) -> int:
        """Read to the end; the exit code."""
        while self._read():
            pass
        os.close(self._keyboard)
        return self._process.wait()

    def _read(self) -> bool:
        assert select.select([self._keyboard], [], [], 120)[0], f"silent for two minutes after:\n{self.screen.text}"
        try:
            said = os.read(self._keyboard, 4096)
        except OSError:  # Linux says EIO when the last process has closed its side
            return False
        self.screen.read(said.decode(errors="replace"))
        return bool(said)


def flat(text: str) -> str:
    """Without the line breaks that a terminal made."""
    return " ".join(text.split())
