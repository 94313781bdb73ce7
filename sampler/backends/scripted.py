"""A model that is a pure function of its prefix, over a small explicit vocabulary. Most tests need nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from sampler.backends.base import Caps, Extend, Extended, Scored, SlotPool, scored_rows
from sampler.errors import CacheError
from sampler.vocab import Tokens, Vocab


class ScriptedBackend:
    """`next_logits(prefix)` gives the V logits after `prefix`, a tuple of ids with the prompt's in front.

    `vocab` lists the text (or the bytes, to split a character over tokens) of each id. Text is encoded by greedy
    longest match. An empty prompt is fine.
    """

    def __init__(
        self,
        vocab: Sequence[str | bytes],
        next_logits: Callable[[Tokens], Sequence[float] | Tensor],
        eos: Iterable[int] = (),
        max_len: int = 1 << 20,
    ) -> None:
        pieces = [piece.encode() if isinstance(piece, str) else piece for piece in vocab]
        ends = frozenset(eos)
        outside = [token for token in ends if not 0 <= token < len(pieces)]
        if outside:
            raise ValueError(f"eos: id {outside[0]} is outside the vocabulary 0..{len(pieces) - 1}")
        self.vocab = Vocab(len(pieces), ends, pieces, _greedy(pieces, ends), _greedy(pieces, ends))
        self.caps = Caps(max_len=max_len, rewind="exact", why="a pure function of the prefix")
        self.slots = SlotPool()
        self._next_logits = next_logits
        self._cache: dict[int, Tokens] = {}

    def extend(self, batch: Sequence[Extend]) -> Extended:
        rows = [self._logits(self._extended(item)) for item in batch]
        return Extended(torch.stack(rows), (1,) * len(batch), tuple(len(item.tokens) for item in batch))

    def drop(self, slots: Sequence[int]) -> None:
        for slot in slots:
            self._cache.pop(slot, None)

    def score(self, prompt: Sequence[int], tokens: Sequence[int]) -> Tensor:
        return self.scored(prompt, tokens).logprobs

    def scored(self, prompt: Sequence[int], tokens: Sequence[int]) -> Scored:
        prefixes = [(*prompt, *tokens[:i]) for i in range(len(tokens))]
        rows = [self._logits(prefix) for prefix in prefixes]
        return scored_rows(torch.stack(rows) if rows else torch.empty(0, self.vocab.size), tokens)

    def _extended(self, item: Extend) -> Tokens:
        cached = self._cache.get(item.slot, ())
        if item.keep > len(cached):
            raise CacheError(f"slot {item.slot}: asked to keep {item.keep} tokens, but it holds {len(cached)}")
        self._cache[item.slot] = cached[: item.keep] + item.tokens
        return self._cache[item.slot]

    def _logits(self, prefix: Tokens) -> Tensor:
        logits = torch.as_tensor(self._next_logits(prefix), dtype=torch.float64)
        if logits.shape != (self.vocab.size,):
            raise ValueError(
                f"next_logits{prefix}: shape {tuple(logits.shape)}, but the vocabulary has {self.vocab.size} ids"
            )
        return logits


def _greedy(pieces: Sequence[bytes], eos: frozenset[int]) -> Callable[[str], Tokens]:
    """Encode by taking the longest piece that fits, the lowest id among equal ones."""
    ids: dict[bytes, int] = {}
    for token, piece in enumerate(pieces):
        if piece and token not in eos:
            ids.setdefault(piece, token)
    longest = max(map(len, ids), default=0)

    def encode(text: str) -> Tokens:
        data, tokens = text.encode(), []
        while data:
            length = next((n for n in range(min(longest, len(data)), 0, -1) if data[:n] in ids), 0)
            if not length:
                raise ValueError(f"text {text!r}: no token of the vocabulary fits at {data[:12]!r}")
            tokens.append(ids[data[:length]])
            data = data[length:]
        return tuple(tokens)

    return encode
