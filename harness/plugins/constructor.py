"""What a strategy's constructor takes: its options, and what is filled for it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from inspect import Parameter
from typing import Any

# Options that are strategies themselves: one (Debug), or a list of them (Chain), each a group with a `name`.
INNER, PARTS = "strategy", "strategies"
# Parameters that are filled from the top-level lists of these names.
LISTS = ("phrases", "regexes")


def parameters(kind: Callable[..., Any]) -> Mapping[str, Any]:
    """The constructor's parameters and their defaults, None where one must be given.

    A class without a constructor of its own shows only *args and **kwargs.
    """
    named = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    found = [p for p in inspect.signature(kind).parameters.values() if p.kind in named or p.name == PARTS]
    return {p.name: None if p.default is Parameter.empty else p.default for p in found}


def option_defaults(kind: Callable[..., Any]) -> dict[str, Any]:
    """The same less what the top-level lists fill."""
    return {name: default for name, default in parameters(kind).items() if name not in LISTS}
