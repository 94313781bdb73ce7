"""python -m experiments.pictures.terminal [--into docs/img]: pictures of a real terminal, in which the harness works.

The terminal is tmux's: it knows what a program has written over, and says in which style each cell stands. Needs tmux.
"""

from __future__ import annotations

import argparse
import io
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300.0  # seconds until what is to be seen counts as missing
SECONDS_BETWEEN_LOOKS = 0.05
SWEEP = "python -m harness +experiment=antislop_sweep dataset.limit=24 tracking=none"
TABLE = "python -m harness strategy=plain,antislop,antislop/soft dataset.limit=24 tracking=none"
WATCH = 'python -m harness.watch "The ferry was late again." strategy=antislop strategy.rewind_to=sentence seed=3'
FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"  # a page loads no font for an image


@dataclass(frozen=True)
class Shot:
    """A command, and what its screen must show, escapes aside, when the picture is taken: the first that does."""

    name: str  # of the file, without .svg
    command: str
    shows: str  # a regular expression
    rows: int
    columns: int = 100
    styled: str = ""  # another, for the screen with its escapes
    until: str = "\f"  # from there on nothing is drawn


SHOTS = (
    Shot("terminal-sweep", SWEEP, r"1[0-9]/28 cells.* about \d+:\d\d left", 30, styled=r"\d/24 +\d+\.\d\d.* left"),
    Shot("terminal-table", TABLE, "report: ", 36, until="report: "),  # a path of this machine
    Shot("terminal-watch", WATCH, r"[2-9] rewinds  ", 14, columns=106, styled=r"\x1b\[(\d+;)*9[;m]"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m experiments.pictures.terminal", description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "docs/img", help="folder of the pictures")
    into = parser.parse_args(arguments).into
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for shot in SHOTS:
            print(take(shot, Path(folder), into))
    return 0


def take(shot: Shot, folder: Path, into: Path) -> Path:
    """Run the command in `folder` until its screen shows what it should. Raise TimeoutError when it never does."""
    with terminal(shot, folder) as ask:
        said = _wait(shot, lambda: ask("capture-pane", "-e", "-p"))
    picture = into / f"{shot.name}.svg"
    picture.write_text(draw(shot.command, said.partition(shot.until)[0], shot.columns), encoding="utf-8")
    return picture


@contextmanager
def terminal(shot: Shot, folder: Path) -> Iterator[Callable[..., str]]:
    """A terminal in which the command runs; call what is yielded with a command of tmux. At its end all of it ends."""
    socket = str(folder / "tmux")

    def ask(*arguments: str) -> str:
        done = subprocess.run(["tmux", "-S", socket, "-f", "/dev/null", *arguments], capture_output=True, check=True)
        return done.stdout.decode()

    environment = f"env -u COLUMNS -u LINES PYTHONPATH={shlex.quote(str(ROOT))}"
    command = shot.command.replace("python", f"{environment} {shlex.quote(sys.executable)}", 1)
    size = ("-x", str(shot.columns), "-y", str(shot.rows))
    ask("new-session", "-d", *size, f"cd {shlex.quote(str(folder))}; {command}; sleep {PATIENCE}")
    try:
        yield ask
    finally:
        ask("kill-server")


def _wait(shot: Shot, look: Callable[[], str]) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        said = look()
        if re.search(shot.shows, Text.from_ansi(said).plain) and re.search(shot.styled, said):
            return said
        time.sleep(SECONDS_BETWEEN_LOOKS)
    raise TimeoutError(f"{shot.command} never showed {shot.shows!r}; last: {said}")


def draw(command: str, said: str, columns: int) -> str:
    """An SVG of the screen, below the command that made it. It names no other host, and no font that must be loaded."""
    lines = Text.from_ansi(said.rstrip())
    console = Console(file=io.StringIO(), record=True, width=columns, color_system="truecolor", force_terminal=True)
    console.print(Text(f"$ {command}", "bold"), soft_wrap=False)
    console.print(lines, no_wrap=True, overflow="crop", crop=True)
    svg = console.export_svg(title="", theme=MONOKAI, unique_id="terminal")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code, monospace", FONT) + "\n"


if __name__ == "__main__":
    sys.exit(main())
