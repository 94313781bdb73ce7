"""python -m experiments.bench.live_table [--rounds 6]: what the live table costs a sweep, in CPU time.

The same sweep runs in turns with a terminal and with a pipe. Its embedded model is so small that whatever is not the
model weighs more than it ever will; a sweep of a real model spends the same on more.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SWEEP = ("strategy=plain,antislop", "repeats=2", "tracking=none")
# Clocks around the functions in question, in the process that runs the sweep.
CLOCKED = """
import json, sys, time
from contextlib import contextmanager
from pathlib import Path
import harness.progress as progress
from harness.__main__ import main
from harness.progress.screen import Screen
from harness.progress.tally import Tally

spent = {"drawing": 0.0, "counting": 0.0}

def clock(kind, name, what):
    real = getattr(kind, name)
    def clocked(*arguments):
        began = time.thread_time()
        try:
            return real(*arguments)
        finally:
            spent[what] += time.thread_time() - began
    setattr(kind, name, clocked)

clock(Screen, "_look", "drawing")
clock(Tally, "add", "counting")
opened = progress.open_progress

@contextmanager
def clocked(plan):
    began = time.process_time()
    with opened(plan) as shown:
        yield shown
    spent["sweep"] = time.process_time() - began

progress.open_progress = clocked
out = Path(sys.argv.pop())
code = main()
out.write_text(json.dumps(spent))
sys.exit(code)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m experiments.bench.live_table", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="sweeps with a terminal, and as many with a pipe")
    parser.add_argument("overrides", nargs="*", metavar="OVERRIDE", help="for the sweep")
    given = parser.parse_args(arguments)
    pairs = [(run(True, given.overrides), run(False, given.overrides)) for _ in range(given.rounds)]
    _print("terminal / pipe, CPU time", [there["sweep"] / here["sweep"] for there, here in pairs], "")
    _print("drawing", [100 * there["drawing"] / there["sweep"] for there, _ in pairs], " % of the sweep's CPU time")
    _print("counting slop and rewinds", [100 * there["counting"] / there["sweep"] for there, _ in pairs], " %")
    return 0


def run(on_terminal: bool, overrides: Sequence[str]) -> Mapping[str, float]:
    """CPU seconds of a sweep, from its first job to its last, and of what was clocked in it."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "spent.json"
        command = [sys.executable, "-c", CLOCKED, *SWEEP, *overrides, str(out)]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
        ours, theirs = pty.openpty() if on_terminal else os.pipe()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=theirs, stderr=theirs)
        os.close(theirs)
        reader = threading.Thread(target=_read_all, args=(ours,), daemon=True)
        reader.start()
        if process.wait() != 0:
            raise RuntimeError(f"the sweep failed: {' '.join(command[3:])}")
        return dict(json.loads(out.read_text()))


def _read_all(end: int) -> None:
    """Whoever does not read stops whoever writes."""
    with open(end, "rb", buffering=0) as file:
        try:
            while file.read(4096):
                pass
        except OSError:  # a terminal whose last user has gone
            return


def _print(what: str, values: Sequence[float], unit: str) -> None:
    print(f"{what}: median {statistics.median(values):.2f}, {min(values):.2f} to {max(values):.2f}{unit}")


if __name__ == "__main__":
    sys.exit(main())
