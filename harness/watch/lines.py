"""One line an event, for pipes and files."""

from __future__ import annotations

import time

from harness.visible import unbroken, visible
from harness.watch.scene import Scene
from harness.watch.words import ending, quoted, summary
from sampler import Noted, Rewound
from sampler.events import Drew, Event, Finished


class Lines:
    """Prints what happens: seconds since the start, a verb, and what it is about."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def show(self, scene: Scene, event: Event) -> None:
        """Say what `event` did; `scene` stands after it."""
        match event:
            case Drew(token=token, forced=forced):
                end = " eos" if token in scene.vocab.eos else ""
                self._say(f"{'force' if forced else 'draw'} {quoted(scene.written.pieces[-1])}{end}")
            case Rewound(at=at, to=to, why=why, text=text, note=note):
                self._say(f"rewind {at}→{to} {quoted(text)} {unbroken(why)}" + (f" ({unbroken(note)})" if note else ""))
            case Noted(at=at, note=note):
                self._say(f"note {at} {unbroken(note)}")
            case Finished():
                self._say(f"end {ending(scene)}")

    def close(self, scene: Scene) -> None:
        """What it cost, and the final text."""
        if scene.finished:
            print(*summary(scene), "", visible(scene.text), sep="\n", flush=True)

    def _say(self, what: str) -> None:
        print(f"{time.monotonic() - self._began:7.2f} {what}", flush=True)
