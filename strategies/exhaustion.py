"""What a strategy that bans does where every token is banned."""

from __future__ import annotations

import math
from typing import Any, Literal, TypeVar

from sampler import Accept, Decision, ExhaustedError, Rewind, Stop, View

OnExhausted = Literal["rewind_further", "pass", "stop", "error"]

S = TypeVar("S")


def way_out(on_exhausted: OnExhausted, state: S, view: View) -> tuple[S | Any, Decision]:
    """What `Strategy.exhausted` returns under this rule.

    "rewind_further" takes back the token before and bans it there, down to what is settled; "pass" lifts the bans
    at this prefix; "stop" ends the row; "error" raises ExhaustedError.
    """
    at = len(view.tokens)
    if on_exhausted == "error":
        raise ExhaustedError(f"position {at}: every token is banned; use another on_exhausted, or a shorter list")
    if on_exhausted == "pass":
        return state, Accept(settled=False, note=f"lifted the bans at {at}")
    if on_exhausted == "stop" or at == view.released:
        return state, Stop("exhausted")
    return view.states[at - 1], Rewind(at - 1, "exhausted", {view.tokens[-1]: -math.inf})
