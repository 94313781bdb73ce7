"""A text on a terminal: what is taken back is struck through where it stands, then replaced."""

from __future__ import annotations

import time

from rich.console import Console, Group
from rich.live import Live
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from harness.visible import unbroken, visible
from harness.watch.scene import RECENT, Scene
from harness.watch.words import count_of, summary
from sampler import Rewound
from sampler.events import Drew, Event

PROMPT, SETTLED, OPEN, STRUCK = "dim", "", "cyan", "red dim strike"
FOOTER = 3 + RECENT  # a free line, rule, numbers, rewinds


class Screen:
    """Paints every draw for `delay` seconds and every rewind for `hold` seconds."""

    def __init__(self, console: Console, title: str, delay: float, hold: float) -> None:
        self._console, self._title = console, title
        self._delay, self._hold = delay, hold
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._live.start()

    def show(self, scene: Scene, event: Event) -> None:
        """Paint the scene if `event` changed what is seen."""
        if isinstance(event, Drew | Rewound):
            self._live.update(page(scene, self._title, self._console), refresh=True)
            time.sleep(self._hold if isinstance(event, Rewound) else self._delay)

    def close(self, scene: Scene) -> None:
        """Leave the whole text and what it cost on the terminal."""
        self._live.stop()
        self._console.print(story(scene), "", rule(self._title), *map(Text, summary(scene)), sep="\n")


def page(scene: Scene, title: str, console: Console) -> Group:
    """As much of the scene's end as the terminal holds, and the state of things below it."""
    return Group(tail(story(scene), console), "", rule(title), numbers(scene), rewinds(scene))


def rule(title: str) -> Rule:
    """What parts the text from what is said about it."""
    return Rule(Text(title), style="dim", align="left")


def story(scene: Scene) -> Text:
    """The prompt and the text, each part in its style."""
    parts = ((scene.prompt.text, PROMPT), (scene.settled, SETTLED), (scene.open, OPEN), (scene.struck, STRUCK))
    return Text.assemble(*((visible(text), style) for text, style in parts))


def tail(text: Text, console: Console) -> Text:
    """The last lines of `text` that fit above the footer, with a mark where lines are left out."""
    room = max(console.size.height - FOOTER - 1, 1)
    lines = text.wrap(console, console.size.width, overflow="fold")
    if len(lines) <= room:
        return text
    return Text("\n").join([Text("⋮", PROMPT), *lines[len(lines) - room + 1 :]])


def numbers(scene: Scene) -> Text:
    """What was kept and what was not, so far."""
    cost = scene.cost
    rewound = count_of(cost.rewinds.total(), "rewind")
    said = f"{cost.kept} kept   {cost.discarded} discarded   {rewound}   {scene.rate:.0f} tok/s"
    return Text(said, no_wrap=True, overflow="ellipsis")


def rewinds(scene: Scene) -> Table:
    """The last rewinds, newest first, one line each."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, style="red")
    table.add_column(ratio=1, no_wrap=True, style="dim")
    for rewind in reversed(scene.recent):
        span = f"↶ {rewind.at}→{rewind.to}"
        table.add_row(span, Text(unbroken(rewind.text.strip())), Text(unbroken(rewind.why)))
    return table
