"""Kill, tear, start again, until the sweep is done; what was whole on disk must never change."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.faults.soak.victim import Line, Victim

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
CODES = {signal.SIGKILL: {-9}, signal.SIGTERM: {143, -15}, signal.SIGINT: {130, -2}}  # negative: while it was starting
STALLED = 600.0  # seconds without anything happening


@dataclass
class Diary:
    """What was done to the sweep, and what came of it."""

    kills: Counter[str] = field(default_factory=Counter)  # "SIGKILL in generation"
    torn: int = 0
    leftovers: int = 0
    starts: int = 0
    seen: dict[Line, bytes] = field(default_factory=dict)
    tracebacks: list[str] = field(default_factory=list)

    def look(self, victim: Victim) -> None:
        """A text that is there stays as it is, and is there once."""
        now = list(victim.lines())
        twice = [line for line, count in Counter(line for line, _ in now).items() if count > 1]
        assert not twice, f"written twice: {twice[:3]}"
        lost = [line for line, text in self.seen.items() if dict(now).get(line) != text]
        assert not lost, f"lost or changed: {lost[:3]}"
        self.seen = dict(now)


def torment(victim: Victim, kills: int, late: float, dice: random.Random) -> Diary:
    """`kills` signals at random moments, two thirds of them while texts are written; then the sweep is let end.

    `late`: seconds that scoring, report and tracking take together.
    """
    diary = Diary()
    while sum(diary.kills.values()) < kills:
        left = kills - sum(diary.kills.values())
        writing = left > kills // 3
        step = max((victim.size.texts - victim.count()) // max(left - kills // 3, 1), 1)
        _strike(victim, diary, dice, victim.count() + dice.randint(0, step) if writing else None, late)
        if dice.random() < 0.5:
            _tear(victim, diary, dice)
        diary.look(victim)
    code, said = _finish(victim.start())
    diary.starts += 1
    assert code == 0, said[-2000:]
    diary.look(victim)
    return diary


def _strike(victim: Victim, diary: Diary, dice: random.Random, lines: int | None, late: float) -> None:
    """Start the sweep; send a signal once it has `lines` on disk, or some time after its last text."""
    number = SIGNALS[sum(diary.kills.values()) % len(SIGNALS)]
    began, process = time.time(), victim.start()
    diary.starts += 1
    while process.poll() is None and not victim.is_written() and (lines is None or victim.count() < lines):
        time.sleep(0.01)
        assert time.time() - began < STALLED, "the sweep stands still"
    if lines is None or victim.is_written():
        time.sleep(dice.uniform(0, late))
    phase = victim.phase(began)
    process.send_signal(number)
    code, said = _finish(process)
    if code == 0:
        return  # it was faster
    assert code in CODES[number], (number, code, said[-2000:])
    diary.kills[f"{number.name} in {phase}"] += 1
    if number != signal.SIGKILL and code > 0 and "Traceback" in said:
        diary.tracebacks.append(said[-1000:])


def _finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=STALLED)
    return process.returncode, said


def _tear(victim: Victim, diary: Diary, dice: random.Random) -> None:
    """Half a line at the end of a file, and half a file beside one, as a kill or a power cut may leave them."""
    files = sorted(victim.folder.glob("runs/soak/*/samples.jsonl"))
    if not files:
        return
    file = dice.choice(files)
    with file.open("ab") as samples:
        samples.write(b'{"prompt_id": "torn", "repeat": 0, "text": "half a line')
    (file.parent / ".status.json.half_way").write_text('{"state": "run')
    diary.torn += 1
    diary.leftovers += 1
