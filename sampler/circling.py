"""Mass that goes round: how often it passes each place before it leaves, by a linear system instead of one by one."""

from __future__ import annotations

from collections.abc import Mapping

import torch

Steps = Mapping[int, Mapping[int, float]]  # place → the place after one step → probability; what is missing leaves


def reached(start: Mapping[int, float], steps: Steps) -> set[int]:
    """The places of `steps` that mass from `start` can come to, `start` included."""
    return _closure(start.keys() & steps.keys(), {place: after.keys() & steps.keys() for place, after in steps.items()})


def with_way_out(places: set[int], steps: Steps, leaves: set[int]) -> set[int]:
    """Those of `places` from which some of `leaves` can be reached."""
    before: dict[int, set[int]] = {place: set() for place in places}
    for place in places:
        for after in steps[place].keys() & places:
            before[after].add(place)
    return _closure(leaves & places, before)


def expected_visits(start: Mapping[int, float], steps: Steps, places: set[int]) -> dict[int, float]:
    """v = start + Tᵀ v over `places`, each of which must have a way out; their number squared is held in memory."""
    order = {place: i for i, place in enumerate(sorted(places))}
    system = torch.eye(len(order), dtype=torch.float64)
    begin = torch.zeros(len(order), dtype=torch.float64)
    for place, i in order.items():
        begin[i] = start.get(place, 0.0)
        for after, share in steps[place].items():
            if after in order:
                system[order[after], i] -= share
    visits = torch.linalg.solve(system, begin).clamp(min=0.0).tolist()
    return dict(zip(order, visits, strict=True))


def _closure(start: set[int], neighbours: Mapping[int, set[int]]) -> set[int]:
    found, fresh = set(start), list(start)
    while fresh:
        new = neighbours[fresh.pop()] - found
        found |= new
        fresh += new
    return found
