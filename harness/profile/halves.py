"""A found list in two halves: one to ban, one that only judges. What is banned is gone by construction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal, NamedTuple

from harness.scoring.phrase_counter import fold

KEY = b"harness.profile halves 1"  # another key would put entries elsewhere, and lists could not be compared

Half = Literal["banned", "heldout"]


class Halves(NamedTuple):
    """Disjoint lists in alphabetical order."""

    banned: tuple[str, ...]
    heldout: tuple[str, ...]


def half_of(entry: str) -> Half:
    """By the entry's own text, case folded: adding entries moves none, and every run agrees."""
    digest = hashlib.blake2b(fold(entry).encode("utf-8", "surrogatepass"), key=KEY, digest_size=1).digest()
    return "banned" if digest[0] % 2 == 0 else "heldout"


def split(entries: Iterable[str]) -> Halves:
    entries = sorted(entries)
    return Halves(
        banned=tuple(entry for entry in entries if half_of(entry) == "banned"),
        heldout=tuple(entry for entry in entries if half_of(entry) == "heldout"),
    )
