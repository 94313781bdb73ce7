"""Where a process spends its time: named phases, each with its own seconds, less those of the phases within it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from typing import Any


@dataclass
class Phase:
    """`wall` and `cpu` are seconds of this phase alone; `calls` counts how often it was entered."""

    wall: float = 0.0
    cpu: float = 0.0
    calls: int = 0


class Clock:
    """Phases may be nested; what no phase claims is "rest", from the clock's making on."""

    def __init__(self) -> None:
        self.phases: dict[str, Phase] = {"rest": Phase(calls=1)}
        self._open = ["rest"]
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """The time within belongs to `name`, until another phase is entered in it."""
        self._book()
        self._open.append(name)
        self.phases.setdefault(name, Phase()).calls += 1
        try:
            yield
        finally:
            self._book()
            self._open.pop()

    def watch(self, place: str, name: str) -> None:
        """Time every call of the function that `place` ("package.module:Class.name") names, as phase `name`."""
        owner, attribute = _found(place)
        setattr(owner, attribute, self.timed(getattr(owner, attribute), name))

    def watch_iterator(self, place: str, name: str) -> None:
        """The same for a function that hands out an iterator: what is timed is each step of it."""
        owner, attribute = _found(place)
        setattr(owner, attribute, self._stepwise(getattr(owner, attribute), name))

    def closed(self) -> dict[str, Phase]:
        """All phases up to now."""
        self._book()
        return self.phases

    def _book(self) -> None:
        """Give the time since the last booking to the innermost open phase."""
        wall, cpu = time.perf_counter(), time.process_time()
        phase = self.phases[self._open[-1]]
        phase.wall += wall - self._wall
        phase.cpu += cpu - self._cpu
        self._wall, self._cpu = wall, cpu

    def timed(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The function, its calls timed as phase `name`."""

        @wraps(function)
        def timed(*arguments: Any, **options: Any) -> Any:
            with self.phase(name):
                return function(*arguments, **options)

        return timed

    def _stepwise(self, function: Callable[..., Iterator[Any]], name: str) -> Callable[..., Iterator[Any]]:
        @wraps(function)
        def stepwise(*arguments: Any, **options: Any) -> Iterator[Any]:
            steps = function(*arguments, **options)
            while True:
                with self.phase(name):
                    step = next(steps, steps)
                if step is steps:
                    return
                yield step

        return stepwise


def _found(place: str) -> tuple[Any, str]:
    """What holds the function, and under which name."""
    module, _, path = place.partition(":")
    *owners, attribute = path.split(".")
    owner: Any = import_module(module)
    for part in owners:
        owner = getattr(owner, part)
    return owner, attribute
