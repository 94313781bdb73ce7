"""How each side writes texts: as a user of its library would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from transformers import DynamicCache

from experiments.bench.subjects import Subject, Tokens
from experiments.bench.timing import Side, Written
from sampler import BacktrackSampler, Generation, Strategy
from sampler.backends.base import Backend
from sampler.backends.hf_forward import cache_name


def ours(what: str, backend: Backend, strategy: Strategy[Any], prompts: Sequence[Tokens]) -> Side:
    """All prompts as one batch."""

    def run(seed: int, tokens: int) -> Written:
        sampler = BacktrackSampler(
            backend, strategy, max_new_tokens=tokens, max_draws=1_000 * tokens, seed=seed, batch_size=len(prompts)
        )
        return counted(sampler.generate(prompts), tokens)

    return Side(what, run)


def counted(texts: Sequence[Generation], tokens: int) -> Written:
    """What they hold and took back. Raises AssertionError for a text that is not `tokens` long."""
    for text in texts:
        assert text.cost.kept == tokens, f"a text ended after {text.cost.kept} of {tokens} tokens: {text.finish_reason}"
    return Written(sum(text.cost.kept for text in texts), sum(text.cost.discarded for text in texts))


def bare_loop(subject: Subject, prompt: Tokens) -> Side:
    """The model, its own cache, softmax and multinomial; nothing else."""

    def run(seed: int, tokens: int) -> Written:
        torch.manual_seed(seed)
        return Written(len(list(bare_tokens(subject.model, prompt, tokens))))

    return Side("bare `model(…)` + multinomial loop with a KV cache", run)


@torch.inference_mode()
def bare_tokens(model: Any, prompt: Tokens, tokens: int) -> Iterator[int]:
    """The loop that a user would write, with each token read as it comes."""
    fed, kept = torch.tensor([prompt], device=model.device), {cache_name(model.forward): DynamicCache()}
    for _ in range(tokens):
        logits = model(input_ids=fed, use_cache=True, logits_to_keep=1, **kept).logits[0, -1]
        fed = torch.multinomial(logits.softmax(-1), 1)[None]
        yield int(fed)


def library(subject: Subject, prompts: Sequence[Tokens]) -> Side:
    """`model.generate` of the whole batch, padded on the left."""
    width = max(map(len, prompts))
    ids = torch.tensor([(0,) * (width - len(prompt)) + prompt for prompt in prompts], device=subject.model.device)
    mask = torch.tensor([[i >= width - len(prompt) for i in range(width)] for prompt in prompts]).long()

    @torch.inference_mode()
    def run(seed: int, tokens: int) -> Written:
        torch.manual_seed(seed)
        out = subject.model.generate(
            ids, attention_mask=mask.to(ids.device), do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
            max_new_tokens=tokens, pad_token_id=0,
        )  # fmt: skip
        assert out.shape == (len(prompts), width + tokens), f"generate gave {tuple(out.shape)}"
        return Written(len(prompts) * tokens)

    return Side("`model.generate` without a strategy", run)
