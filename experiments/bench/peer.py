"""backtrack_sampler 3.2.1 as its page shows it, with its own provider and its own AntiSlop; one row is all it has."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import torch

from experiments.bench.subjects import Subject
from experiments.bench.timing import Side, Written

PACKAGE = "backtrack_sampler"
MISSING = f"{PACKAGE} is not installed: pip install '.[bench]'"


def is_installed() -> bool:
    return find_spec(PACKAGE) is not None


def peer(subject: Subject, phrases: Sequence[str], text: str) -> Side:
    """Its strategy reads `phrases` before the clock starts, as ours does; `top_k=0` draws from all, as ours does."""
    from backtrack_sampler import AntiSlopStrategy, BacktrackSampler  # type: ignore[import-untyped]

    provider = counting_provider(subject)
    sampler = BacktrackSampler(provider, AntiSlopStrategy(provider, list(phrases)))

    def run(seed: int, tokens: int) -> Written:
        torch.manual_seed(seed)
        provider.cut = 0
        kept = list(sampler.generate(text, max_new_tokens=tokens, top_k=0))
        assert len(kept) == tokens, f"the peer wrote {len(kept)} of {tokens} tokens"
        return Written(tokens, provider.cut)

    return Side(f"backtrack_sampler 3.2.1, one row, {len(phrases):,} phrases", run)


def counting_provider(subject: Subject) -> Any:
    """Its transformers provider; `cut` counts the tokens that were taken back."""
    from backtrack_sampler.provider.transformers_provider import TransformersProvider  # type: ignore[import-untyped]

    class Counting(TransformersProvider):  # type: ignore[misc]
        cut = 0

        def remove_latest_cache(self, nr: int) -> None:
            self.cut += nr
            super().remove_latest_cache(nr)

    return Counting(subject.model, subject.tokenizer, torch.device(subject.model.device))
