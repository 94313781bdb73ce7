"""Every way in which a strategy may finish a text: not the tokens alone, but the rows, with all that they remember."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from sampler import Decoding, Strategy
from sampler.backends import ScriptedBackend
from sampler.backends.base import Extend
from sampler.law import ENDLESS, outcomes
from sampler.row import Request, Row


def finished_rows(
    backend: ScriptedBackend,
    strategy: Strategy[Any],
    length: int,
    tolerance: float = 1e-12,
    place_of: Callable[[Row], Hashable] = Row.fingerprint,
) -> list[tuple[Row, float]]:
    """Finished rows and the mass that ends in each; at most `tolerance` of it is left out.

    Rows with one `place_of` have one future.
    """
    request = Request("walked", backend.vocab.prompt(()), strategy.bind(backend.vocab), Decoding(), length, ENDLESS)
    level: dict[Hashable, tuple[Row, float]] = {0: (Row(request, backend.vocab), 1.0)}
    done: list[tuple[Row, float]] = []
    while sum(mass for _, mass in level.values()) > tolerance:
        next_level: dict[Hashable, tuple[Row, float]] = {}
        for row, mass in level.values():
            if not row.ready:
                row.receive(backend.extend([Extend(0, 0, tuple(row.tokens))]).logits[0])
            for outcome, share in outcomes(row):
                if outcome.finished:
                    done.append((outcome, mass * share))
                else:
                    outcome.events.clear()  # or each copy would carry all that led to it
                    place = place_of(outcome)
                    next_level[place] = (outcome, next_level.get(place, (outcome, 0.0))[1] + mass * share)
        level = next_level
    return done
