"""How numbers and foreign text are said, on a terminal or in a pipe.

What a model or a phrase list says is hostile: a character that acts is shown, never sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from harness.visible import unbroken, visible
from harness.watch.scene import Scene


def quoted(text: str) -> str:
    """On one line, in quotes, with JSON's escapes."""
    return visible(json.dumps(text, ensure_ascii=False))


def summary(scene: Scene) -> Iterator[str]:
    """Why the text ended and what it cost."""
    cost = scene.cost
    yield f"{ending(scene)} · {cost.kept} kept + {cost.discarded} discarded = {cost.drawn} drawn"
    yield f"{cost.forwards} forwards · {cost.fed} fed · {cost.refed} refed · {scene.rate:.0f} tok/s"
    if cost.rewinds:
        whys = ", ".join(f"{unbroken(why)} ×{count}" for why, count in cost.rewinds.most_common())
        yield f"{count_of(cost.rewinds.total(), 'rewind')}: {whys}"


def ending(scene: Scene) -> str:
    """The finish reason, with the error where there was one."""
    if scene.finished is None:
        return "interrupted"
    return f"error: {unbroken(scene.finished.error)}" if scene.finished.error else scene.finished.reason


def count_of(number: int, noun: str) -> str:
    """
    >>> count_of(1, "rewind"), count_of(2, "rewind")
    ('1 rewind', '2 rewinds')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
