"""How far a sweep is: a table on a terminal, plain lines in a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from harness.planning.plan import Plan
from harness.progress.asking import asks_a_person
from harness.progress.board import Board
from harness.progress.lines import Lines
from harness.progress.names import title_of
from harness.progress.protocol import Progress
from harness.progress.screen import Screen
from harness.terminal import moves_cursor

__all__ = ["Lines", "Progress", "Screen", "open_progress", "title_of"]


@contextmanager
def open_progress(plan: Plan) -> Iterator[Progress]:
    """A table where somebody watches, lines where a file does, and where a strategy needs the terminal for itself."""
    lively = moves_cursor(sys.stderr) and not any(
        asks_a_person(job.settings.as_config()["strategy"]) for job in plan.jobs
    )
    with closing(Screen(Board(plan)) if lively else Lines(Board(plan))) as progress:
        yield progress
