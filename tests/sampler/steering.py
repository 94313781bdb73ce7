"""Real models do not say what a test wants, so its draws do: forwards, caches, bans and token boundaries stay real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from torch import Tensor

from sampler import BacktrackSampler, Generation, Strategy
from sampler.draw import Draw, Key
from tests.sampler.conftest import Kind

Piece = str | bytes | int  # what a token adds to a text, or its id
# At one position: a piece; of a list, the first that is not banned; of a tuple, one per attempt, the last repeated.
Step = Piece | Sequence[Piece]


def steered(kind: Kind, strategy: Strategy[Any], prompt: str | Sequence[int], plan: Sequence[Step], **options: Any):
    """The one text that `plan` leads to, with its numbers checked."""
    return steered_batch(kind, strategy, {"0": (prompt, plan)}, **options)["0"]


def steered_batch(
    kind: Kind, strategy: Strategy[Any], rows: Mapping[str, tuple[Any, Sequence[Step]]], **options: Any
) -> dict[str, Generation]:
    """One text per row of {id: (prompt, plan)}. Positions behind a plan draw its last step."""
    draw = drawing(kind, {name: plan for name, (_, plan) in rows.items()})
    options = {"max_new_tokens": max(len(plan) for _, plan in rows.values())} | options
    sampler = BacktrackSampler(kind.backend, strategy, draw=draw, **options)
    done = sampler.generate([prompt for prompt, _ in rows.values()], list(rows))
    for g, (prompt, _) in zip(done, rows.values(), strict=True):
        check_numbers(kind, g, kind.backend.vocab.prompt(prompt).tokens)
    return {g.id: g for g in done}


def drawing(kind: Kind, plans: Mapping[str, Sequence[Step]]) -> Draw:
    def draw(probs: Tensor, key: Key) -> int:
        plan = plans[key.id]
        step = plan[min(key.position, len(plan) - 1)]
        if isinstance(step, tuple):
            step = step[min(key.attempt, len(step) - 1)]
        wanted = [token if isinstance(token, int) else kind.ids(token)[0] for token in _listed(step)]
        return next(token for token in wanted if probs[token] > 0)

    return draw


def _listed(step: Step) -> Sequence[Piece]:
    return step if isinstance(step, list) else [step]


def check_numbers(kind: Kind, g: Generation, prompt: Sequence[int]) -> None:
    """Whatever was taken back, the kept tokens were drawn from what a fresh pass over them gives."""
    assert g.logprobs == pytest.approx(kind.backend.score(prompt, g.tokens).tolist(), abs=kind.tolerance)
    assert g.cost.drawn == g.cost.kept + g.cost.discarded
    assert g.cost.refed == 0


def rewinds(g: Generation) -> list[tuple[int, int, str]]:
    """Every rewind as (at, to, why)."""
    return [(event.at, event.to, event.why) for event in g.events]
