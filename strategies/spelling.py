"""Texts as token ids, where the vocabulary can write them."""

from __future__ import annotations

from sampler import Vocab


def spelled(text: str, vocab: Vocab) -> tuple[int, ...]:
    """Ids of `text` as it stands inside a longer one; () if this vocabulary cannot write it."""
    try:
        return vocab.encode(text)
    except ValueError:
        return ()
