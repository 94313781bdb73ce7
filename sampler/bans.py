"""Biases by exact token prefix. A ban never meets another prefix, and is never forgotten while its row lives."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sampler.errors import ContractError
from sampler.vocab import Tokens


class Bans:
    """Per prefix: the biases given there, each once per (reason, token), and whether they were lifted."""

    def __init__(self) -> None:
        self._given: dict[Tokens, dict[tuple[str, int], float]] = {}
        self._lifted: set[Tokens] = set()
        # A prefix is only built and hashed at lengths where some ban exists: elsewhere a look-up costs one set test.
        self._lengths: set[int] = set()

    def copy(self) -> Bans:
        twin = Bans()
        twin._given = {prefix: entries.copy() for prefix, entries in self._given.items()}
        twin._lifted, twin._lengths = self._lifted.copy(), self._lengths.copy()
        return twin

    def add(self, prefix: Sequence[int], why: str, bias: Mapping[int, float]) -> None:
        """Add nats to logits under `prefix`; the same reason for the same token counts once."""
        wrong = [nats for nats in bias.values() if not nats < math.inf]
        if wrong:
            raise ContractError(f"bias of {why!r}: {wrong[0]} is not a number of nats; use a finite one or -inf")
        self._lengths.add(len(prefix))
        entries = self._given.setdefault(tuple(prefix), {})
        entries.update({(why, token): nats for token, nats in bias.items()})

    def lift(self, prefix: Sequence[int]) -> bool:
        """Take back every ban under `prefix`, for good. False if there was none to take back."""
        key = tuple(prefix)
        if key not in self._given or key in self._lifted:
            return False
        self._lifted.add(key)
        return True

    def lifted(self, tokens: Sequence[int], at: int) -> bool:
        return bool(self._lifted) and tuple(tokens[:at]) in self._lifted

    def reasons(self, tokens: Sequence[int], at: int) -> frozenset[str]:
        """Why biases were given under the exact prefix `tokens[:at]`."""
        if at not in self._lengths:
            return frozenset()
        return frozenset(why for why, _ in self._given.get(tuple(tokens[:at]), ()))

    def under(self, prefix: Sequence[int]) -> tuple[tuple[int, float], ...]:
        """(token, nats to add) for each bias in force under the exact `prefix`, one per reason."""
        if len(prefix) not in self._lengths:
            return ()
        key = tuple(prefix)
        entries = self._given.get(key)
        if not entries or key in self._lifted:
            return ()
        return tuple((token, nats) for (_, token), nats in entries.items())

    def forget_all_but(self, settled: Sequence[int]) -> None:
        """Drop what a row with these `settled` tokens never meets again: its text always begins with them."""
        begun = tuple(settled)
        behind = [key for key in self._given if key[: len(begun)] != begun]
        for key in behind:
            del self._given[key]
        self._lifted.difference_update(behind)

    def frozen(self) -> frozenset[tuple[Tokens, frozenset[tuple[tuple[str, int], float]], bool]]:
        """A hashable picture, for merging rows that stand in the same place."""
        return frozenset((key, frozenset(e.items()), key in self._lifted) for key, e in self._given.items())
