"""Kill, starve, cut off, tear, start again, until the sweep is done; what was whole on disk must never change."""

from __future__ import annotations

import random
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from harness.config.compose import CONF
from tests.faults.soak.diary import Diary
from tests.faults.soak.victim import Victim
from tests.harness.tracking.server import Server

FAULTS = ("SIGKILL", "memory", "SIGTERM", "server", "SIGINT")  # one after the other
CODES = {"SIGKILL": {-9}, "SIGTERM": {143, -15}, "SIGINT": {130, -2}}  # negative: Python itself was ending
MARGINS = (0, 0, 1, 2)  # MiB of address space that are left to it
STALLED = 600.0  # seconds without anything happening


@dataclass
class Start:
    """One process of the sweep."""

    process: subprocess.Popen[str]
    began: float  # wall clock
    texts: int  # that were there before
    starved: bool = False
    early: bool = False  # a signal met Python's own start, which answers as it likes
    signals: list[str] = field(default_factory=list)

    @property
    def lives(self) -> bool:
        return self.process.poll() is None


@dataclass
class Torment:
    """`late`: seconds that scoring, report and tracking take together."""

    victim: Victim
    server: Server
    late: float
    dice: random.Random
    diary: Diary = field(default_factory=Diary)

    def run(self, faults: int) -> Diary:
        """So many faults at random moments, two thirds of them while texts are written; then the sweep is let end
        without its MLflow server, and logged afterwards.
        """
        while self._left(faults):
            start = self._start()
            while start.lives and self._left(faults):
                self._wait(start, faults)
                if start.lives:
                    self._strike(start)
            self._see_off(start)
            if self.dice.random() < 0.5:
                self._tear()
            self.diary.look(self.victim)
        self._end()
        return self.diary

    def _left(self, faults: int) -> int:
        return faults - self.diary.faults.total()

    @property
    def _next(self) -> str:
        return FAULTS[self.diary.faults.total() % len(FAULTS)]

    def _start(self) -> Start:
        if not self.server.is_up and self.dice.random() < 0.5:
            self.server.begin()
        return Start(self._process(), time.time(), self.victim.count())

    def _process(self) -> subprocess.Popen[str]:
        self.diary.starts += 1
        return self.victim.start()

    def _wait(self, start: Start, faults: int) -> None:
        """Until it has some more texts on disk; when two thirds of the faults are spent or all texts are written, until
        some moment of its end. What is starved is past its imports, which are Python's and not ours.
        """
        writing = self._left(faults) - faults // 3
        step = max((self.victim.size.texts - self.victim.count()) // max(writing, 1), 1)
        lines = self.victim.count() + self.dice.randint(0, step) if writing > 0 else self.victim.size.texts
        if self._next == "memory":
            lines = max(lines, start.texts + 1)
        until = time.time() + STALLED
        while start.lives and not self._has(lines, start):
            time.sleep(0.01)
            assert time.time() < until, "the sweep stands still"
        if self.victim.is_written():
            time.sleep(self.dice.uniform(0, self.late))

    def _has(self, lines: int, start: Start) -> bool:
        if self.victim.is_written():
            return self.victim.is_under_way(start.began)
        return self.victim.count() >= lines

    def _strike(self, start: Start) -> None:
        fault, phase = self._next, self.victim.phase(start.began)
        if fault == "memory":
            start.starved = True
            _starve(start.process, self.dice.choice(MARGINS), self.dice.uniform(0.2, 2))
        elif fault == "server":
            fault = "MLflow's server killed" if self.server.is_up else "MLflow's server started"
            (self.server.kill if self.server.is_up else self.server.begin)()
        else:
            start.signals.append(fault)
            start.early = not self.victim.is_under_way(start.began)
            start.process.send_signal(signal.Signals[fault])
            start.process.wait(STALLED)
        self.diary.faults[f"{fault} in {phase}"] += 1

    def _see_off(self, start: Start) -> None:
        """Its exit code is that of the signal, if one reached it; short of memory or in its imports, any may come."""
        _, said = start.process.communicate(timeout=STALLED)
        code = start.process.returncode
        if start.starved:
            self.diary.ends["killed by the next fault" if start.signals else _name(code)] += 1
        elif not start.early:
            assert code in {0}.union(*(CODES[name] for name in start.signals)), (start.signals, code, said[-2000:])
        self.diary.halvings += said.count("going on with")
        if code > 0 and _tracebacks(said) and not start.early:
            self.diary.tracebacks.append(said[-4000:])

    def _tear(self) -> None:
        """Half a line at the end of a file, and half a file beside one, as a kill or a power cut may leave them."""
        files = sorted(self.victim.folder.glob("runs/soak/*/samples.jsonl"))
        if not files:
            return
        file = self.dice.choice(files)
        with file.open("ab") as samples:
            samples.write(b'{"prompt_id": "torn", "repeat": 0, "text": "half a line')
        (file.parent / ".status.json.half_way").write_text('{"state": "run')
        self.diary.torn += 1
        self.diary.leftovers += 1

    def _end(self) -> None:
        self.server.kill()
        last = self._process()
        _, said = last.communicate(timeout=STALLED)
        assert last.returncode == 0, said[-2000:]
        assert said.count("warning: tracking failed (") == 1, said[-2000:]
        self.diary.look(self.victim)
        self.server.start()
        _log(self.victim.report())


def _starve(process: subprocess.Popen[str], margin: int, seconds: float) -> None:
    """For so long it gets no more than `margin` MiB of address space above what it has."""
    try:
        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + (margin << 20)
        resource.prlimit(process.pid, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        time.sleep(seconds)
        resource.prlimit(process.pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (ProcessLookupError, IndexError, FileNotFoundError):  # it is gone
        return


def _name(code: int) -> str:
    if code < 0:
        return f"died of {signal.Signals(-code).name}"
    return "went on to its end" if code == 0 else f"exit code {code}"


def _log(sweep: Path) -> None:
    command = [sys.executable, "-m", "harness.track", str(sweep)]
    done = subprocess.run(command, cwd=CONF.parent, capture_output=True, text=True, timeout=STALLED)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def _tracebacks(said: str) -> int:
    """Those that ended something; Python shows one more where a library's own clearing up fails, and goes on."""
    return said.count("Traceback (most recent call last)") - said.count("Exception ignored in")
