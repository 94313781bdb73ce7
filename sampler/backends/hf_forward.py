"""Two ways to extend slots with a transformers model: all rows at once on a ragged cache, or one by one with replay."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from sampler.backends.base import Extend, Extended
from sampler.backends.hf_cache import Placement, RaggedCache
from sampler.errors import CacheError

# What models call their cache, both ways: from transformers 5.24 on; before; before, in recurrent ones.
CACHE_NAMES = ("cache", "past_key_values", "cache_params")


class Forward(Protocol):
    """Extends slots of one model."""

    def extend(self, batch: Sequence[Extend]) -> Extended:
        """As Backend.extend."""
        ...

    def drop(self, slots: Sequence[int]) -> None:
        """As Backend.drop."""
        ...


class RaggedForward:
    """One forward per distinct token count, so that a long prefill never pads the steps beside it."""

    def __init__(self, model: Any) -> None:
        config = model.config.get_text_config()
        self._model, self._name = model, cache_name(model.forward)
        self._cache = RaggedCache(config.num_hidden_layers)
        self._windows = windows(config)

    def extend(self, batch: Sequence[Extend]) -> Extended:
        groups: dict[int, list[int]] = defaultdict(list)
        for row, item in enumerate(batch):
            if item.keep > self._cache.held.get(item.slot, 0):
                raise CacheError(f"slot {item.slot}: asked to keep {item.keep} tokens, but it holds fewer")
            groups[len(item.tokens)].append(row)
        self._cache.held.update((item.slot, item.keep) for item in batch)
        # short ones first: where a prompt joins, the others close ranks while it holds nothing that had to be moved
        parts = {rows[0]: self._group([batch[row] for row in rows]) for _, rows in sorted(groups.items())}
        if len(parts) == 1:
            logits = parts[0]
        else:
            first = next(iter(parts.values()))
            logits = first.new_empty((len(batch), first.shape[1]))
            for rows in groups.values():
                logits[rows] = parts[rows[0]]
        return Extended(logits, (1,) * len(batch), tuple(len(item.tokens) for item in batch))

    def drop(self, slots: Sequence[int]) -> None:
        self._cache.drop(slots)

    def _group(self, items: Sequence[Extend]) -> Tensor:
        """Logits [B, V] after the last token of rows that all feed equally many."""
        device = self._model.device
        first = self._cache.together([item.slot for item in items])
        order = sorted(range(len(items)), key=lambda i: self._cache.line(items[i].slot))
        rows = [items[i] for i in order]
        where = Placement.of(first, [row.keep for row in rows], len(rows[0].tokens), device)
        self._cache.placement = where
        output = self._model(
            input_ids=torch.tensor([row.tokens for row in rows], device=device),
            attention_mask=self._masks(where),
            position_ids=where.positions,
            use_cache=True,
            logits_to_keep=1,
            **{self._name: self._cache},
        )
        self._cache.held.update((row.slot, row.keep + len(row.tokens)) for row in rows)
        logits: Tensor = output.logits[:, -1]
        if order == list(range(len(items))):
            return logits
        back = sorted(order, key=order.__getitem__)  # in Python: on the device it would be one more launch
        return logits[torch.tensor(back, device=device)]

    def _masks(self, where: Placement) -> Tensor | dict[str, Tensor] | None:
        if where.hides_nothing and not any(self._windows.values()):
            return None
        masks = {kind: where.mask(self._model.dtype, window) for kind, window in self._windows.items()}
        return masks if len(masks) > 1 else next(iter(masks.values()))


def cache_name(forward: Callable[..., Any]) -> str:
    """Which of `CACHE_NAMES` a model's `forward` takes and gives its cache by. Raise CacheError where it has none."""
    names = inspect.signature(forward).parameters
    found = next((name for name in CACHE_NAMES if name in names), None)
    if found is None:
        raise CacheError(f"the model's forward takes none of {', '.join(CACHE_NAMES)}")
    return found


def windows(config: Any) -> Mapping[str, int | None]:
    """How far back each kind of attention layer of a model looks; None is all the way.

    Raises CacheError for a kind whose state is not keys and values by position.
    """
    width = getattr(config, "sliding_window", None)
    kinds = getattr(config, "layer_types", None)
    if not kinds:
        return {"full_attention": width}
    known = {"full_attention": None, "sliding_attention": width}
    unknown = sorted(set(kinds) - set(known))
    if unknown:
        raise CacheError(f"layers of type {', '.join(unknown)} keep no keys and values by position")
    return {kind: known[kind] for kind in dict.fromkeys(kinds)}


class ReplayForward:
    """Each slot with the model's own cache. A cache that must be cut is thrown away and built again from token 0."""

    def __init__(self, model: Any) -> None:
        self._model, self._name = model, cache_name(model.forward)
        self._slots: dict[int, tuple[tuple[int, ...], Any]] = {}  # tokens held, the model's cache of them

    def extend(self, batch: Sequence[Extend]) -> Extended:
        parts = [self._one(item) for item in batch]
        return Extended(torch.stack([logits for logits, _ in parts]), (1,) * len(batch), tuple(fed for _, fed in parts))

    def drop(self, slots: Sequence[int]) -> None:
        for slot in slots:
            self._slots.pop(slot, None)

    def _one(self, item: Extend) -> tuple[Tensor, int]:
        held, cache = self._slots.pop(item.slot, ((), None))
        if item.keep > len(held):
            raise CacheError(f"slot {item.slot}: asked to keep {item.keep} tokens, but it holds {len(held)}")
        tokens = held[: item.keep] + item.tokens
        # Some recurrent kernels take exactly one token behind a state, so more than one is a replay too.
        steps = cache is not None and item.keep == len(held) and len(item.tokens) == 1
        fed = item.tokens if steps else tokens
        ids = torch.tensor([fed], device=self._model.device)
        output = self._model(input_ids=ids, use_cache=True, **({self._name: cache} if steps else {}))
        self._slots[item.slot] = (tokens, output[self._name])
        return output.logits[0, -1], len(fed)
