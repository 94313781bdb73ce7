"""The table on a real terminal: whole, whatever is said, pressed or resized."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.faults.running import SMALL, run
from tests.harness.terminal import ROOT, ROWS, Session

SWEEP = (*SMALL, "strategy=plain,antislop", "dataset.limit=4", "decoding.max_new_tokens=60")
LONG = (*SMALL, "strategy=plain,antislop", "batch_size=1", "decoding.max_new_tokens=200")
SAID = "another process writes this job; waiting for it"


def table(screen: str) -> list[str]:
    """From its title on, of which there is one."""
    lines = screen.splitlines()
    (title,) = (i for i, line in enumerate(lines) if re.match(r"faults( |$)", line))
    return lines[title:]


def is_whole(lines: list[str], jobs: int) -> bool:
    """Title, heads, one line a job, sums."""
    _, heads, *rows, sums = lines
    known = all(row.split()[0] in ("plain", "antislop") for row in rows)
    return heads.startswith("strategy ") and len(rows) == jobs and known and f"/{jobs} cells" in sums


@pytest.mark.parametrize(
    "launcher", ["basic", *(pytest.param(name, marks=pytest.mark.slow) for name in ("joblib", "submitit_local", "ray"))]
)
def test_what_is_said_meanwhile_stands_above_a_whole_table(launcher: str, tmp_path: Path) -> None:
    """Guards: a note in the middle of the table; a worker's note that the table does not know of."""
    assert run(tmp_path, *SWEEP)[0] == 0
    lock = FileLock(max(tmp_path.glob("runs/faults/*/.lock")))
    session = Session(tmp_path, "harness", *SWEEP, f"launcher={launcher}", "repeats=2")
    with lock:
        session.wait_for(lambda screen: SAID in " ".join(screen.split()) and "cells" in screen)
        screen = session.screen.text
    shown = table(screen)
    assert is_whole(shown, 2), screen
    above = " ".join(screen.removesuffix("\n".join(shown)).split())
    assert above.count(SAID) == 1, screen
    assert session.finish() == 0
    assert "2/2 cells · 16/16 texts" in session.screen.text or "report: " in session.screen.text


LOUD = """
import os

from strategies import Plain


class Loud(Plain):
    def step(self, state, view):
        if len(view.tokens) == 1:
            os.write(2, b"said by whoever writes\\n")
        return super().step(state, view)
"""


@pytest.mark.slow
def test_what_a_worker_prints_by_itself_stands_above_the_table(tmp_path: Path) -> None:
    """Guards: a library's warning, printed by a process that shares the terminal, in the middle of the table."""
    (tmp_path / "loud.py").write_text(LOUD)
    sweep = (*SMALL, "imports=[loud.py]", "strategy=loud,plain", "dataset.limit=2", "launcher=joblib")
    session = Session(tmp_path, "harness", *sweep)
    assert session.finish() == 0
    said, _, shown = session.screen.text.rpartition("said by whoever writes\n")
    assert said.count("said by whoever writes\n") == 1  # of two texts
    assert shown.startswith("2/2 cells · 4/4 texts")
    assert not list(tmp_path.glob("reports/faults/*/.notes*"))


def test_ctrl_c_leaves_the_last_frame_and_a_usable_terminal(tmp_path: Path) -> None:
    """Guards: a cursor that stays hidden, half a frame, a traceback below it, another exit code."""
    session = Session(tmp_path, "harness", *LONG)
    session.wait_for(lambda screen: " left" in screen and "about" in screen)
    assert session.screen.cursor.hidden
    session.interrupt()
    assert session.finish() == 130
    *shown, last = table(session.screen.text)
    assert last == "interrupted; the same command continues where it stopped"
    assert is_whole(shown, 2), session.screen.text
    assert "interrupted" in "".join(shown[2:4])
    assert "1 interrupted" in shown[-1]
    assert not session.screen.cursor.hidden
    assert session.screen.cursor.x == 0


@pytest.mark.slow
def test_ctrl_c_again_and_again_leaves_a_cursor(tmp_path: Path) -> None:
    session = Session(tmp_path, "harness", *LONG)
    session.wait_for(lambda screen: "cells" in screen)
    for _ in range(3):
        session.interrupt()
        time.sleep(0.02)
    session.finish()
    assert not session.screen.cursor.hidden
    assert "Traceback" not in session.screen.text


@pytest.mark.slow
def test_sigterm_leaves_the_same_and_its_own_exit_code(tmp_path: Path) -> None:
    session = Session(tmp_path, "harness", *LONG)
    session.wait_for(lambda screen: " left" in screen and "about" in screen)
    session.terminate()
    assert session.finish() == 143
    *shown, last = table(session.screen.text)
    assert last == "terminated; the same command continues where it stopped"
    assert is_whole(shown, 2), session.screen.text
    assert not session.screen.cursor.hidden


@pytest.mark.slow
def test_ctrl_z_leaves_the_terminal_to_the_shell(tmp_path: Path) -> None:
    """Guards: a shell without a cursor, and a table that comes back over what was typed there."""
    session = Session(tmp_path, "harness", *LONG)
    session.wait_for(lambda screen: "cells" in screen)
    session.suspend()
    assert is_whole(table(session.screen.text), 2), session.screen.text
    assert not session.screen.cursor.hidden
    assert session.screen.cursor.x == 0
    session.screen.read("$ typed meanwhile\r\n$ fg\r\n")
    session.resume()
    session.wait_for(lambda screen: "cells" in screen.partition("$ fg")[2])
    assert "$ typed meanwhile\n$ fg\nfaults" in session.screen.text
    session.interrupt()
    assert session.finish() == 130


@pytest.mark.slow
def test_what_is_waited_for_is_said_and_leaves_no_trace(tmp_path: Path) -> None:
    """Guards: a terminal that stays empty for seconds; "planning" left before a result or an error."""
    session = Session(tmp_path, "harness", *SWEEP)
    session.wait_for(lambda screen: "planning …" in screen)
    session.wait_for(lambda screen: "2/2 cells" in screen and "reporting …" in screen)
    assert session.finish() == 0
    assert "…" not in session.screen.text
    wrong = Session(tmp_path, "harness", "strategy=nope")
    assert wrong.finish() == 2
    assert wrong.screen.text.startswith("error: ")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """A terminal that breaks long lines anew when it becomes narrower, as most do."""
    if not shutil.which("tmux"):
        pytest.skip("needs tmux: apt-get install tmux")
    socket = str(tmp_path / "tmux")

    def ask(*arguments: str) -> str:
        return subprocess.run(["tmux", "-S", socket, *arguments], capture_output=True, text=True, check=True).stdout

    yield ask
    subprocess.run(["tmux", "-S", socket, "kill-server"], check=False)


DRAWS_TWICE = """
import sys, time
from rich.text import Text
from harness.progress.canvas import Canvas
from harness.terminal import size_of

canvas = Canvas(sys.stderr)
canvas.draw([Text(f"wide {i} " + "x" * 80) for i in range(6)], canvas.size)
while canvas.fits:
    time.sleep(0.05)
canvas.draw([Text(f"narrow {i}") for i in range(4)], size_of(sys.stderr))
time.sleep(60)
"""


def test_a_terminal_that_becomes_narrower_keeps_nothing_of_the_wider_table(
    tmp_path: Path, tmux: Callable[..., str]
) -> None:
    """Guards: remains of lines that the terminal has broken in two, and of more than them."""
    (tmp_path / "draws.py").write_text(DRAWS_TWICE)
    command = f"echo above; env -u COLUMNS -u LINES PYTHONPATH={ROOT} {sys.executable} {tmp_path}/draws.py"
    tmux("-f", "/dev/null", "new-session", "-d", "-x", "110", "-y", str(ROWS), command)

    def shown(wanted: str) -> list[str]:
        deadline = time.monotonic() + 60
        while wanted not in (screen := tmux("capture-pane", "-p")):
            assert time.monotonic() < deadline, screen
            time.sleep(0.1)
        return screen.rstrip().splitlines()

    assert shown("wide 5") == ["above", *(f"wide {i} " + "x" * 80 for i in range(6))]
    narrow = [f"narrow {i}" for i in range(4)]
    tmux("resize-window", "-x", "50")
    assert shown("narrow 3")[-5:] in (narrow, ["above", *narrow])  # tmux may scroll what stood above out of sight
