"""Training: one pass over the corpus, Muon and AdamW, a warm-up and a cosine, products in bfloat16."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer
from transformers import LlamaForCausalLM

from experiments.inkling.sizes import Size

WINDOW = 512
ROWS = 4
_WARMUP = 100
_LAST_RATE = 0.02  # of the peak
_SEED = 20


def train(size: Size, corpus: NDArray[np.uint16], log: Path) -> LlamaForCausalLM:
    """A trained model. Losses, in nats per token, are written to `log` as JSON lines."""
    torch.manual_seed(_SEED)
    model = LlamaForCausalLM(size.config())
    optimisers = _optimisers(model, size.peak_rate)
    batches = list(_batches(corpus))
    started, smooth = time.monotonic(), math.log(model.config.vocab_size)
    with log.open("w") as lines:
        for step, batch in enumerate(batches):
            rate = size.peak_rate * _schedule(step, len(batches))
            smooth += 0.02 * (_step(model, optimisers, batch, rate) - smooth)
            if step % 100 == 99 or step + 1 == len(batches):
                passed = round(time.monotonic() - started)
                record = {"step": step + 1, "of": len(batches), "loss": round(smooth, 4), "seconds": passed}
                print(json.dumps(record), file=lines, flush=True)
    return model


@torch.no_grad()
def loss_per_token(model: LlamaForCausalLM, corpus: NDArray[np.uint16]) -> float:
    """Mean negative log-likelihood over windows of WINDOW tokens, in nats per token."""
    losses = [_loss(model, batch).item() for batch in _batches(corpus)]
    return sum(losses) / len(losses)


def _optimisers(model: LlamaForCausalLM, rate: float) -> tuple[Optimizer, Optimizer]:
    """Muon (torch.optim.Muon) for the matrices between layers: 5 % less held-out loss than AdamW after 0.8M tokens of
    the small size. AdamW for the embedding and the norms."""
    hidden = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim < 2 or "embed" in name]
    muon = torch.optim.Muon(hidden, lr=rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw")
    return muon, torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.98), weight_decay=0.0)


def _batches(corpus: NDArray[np.uint16]) -> Iterator[torch.Tensor]:
    """[ROWS, WINDOW + 1] of ids; the stories are drawn independently, so their order needs no shuffling."""
    length = ROWS * WINDOW
    for start in range(0, len(corpus) - length, length):
        flat = torch.from_numpy(corpus[start : start + length + 1].astype(np.int64))
        yield flat.unfold(0, WINDOW + 1, WINDOW)


def _schedule(step: int, steps: int) -> float:
    if step < _WARMUP:
        return (step + 1) / _WARMUP
    done = (step - _WARMUP) / max(1, steps - _WARMUP)
    return _LAST_RATE + (1 - _LAST_RATE) * 0.5 * (1 + math.cos(math.pi * done))


def _step(model: LlamaForCausalLM, optimisers: Iterable[Optimizer], batch: torch.Tensor, rate: float) -> float:
    loss = _loss(model, batch)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    return loss.item()


def _loss(model: LlamaForCausalLM, batch: torch.Tensor) -> torch.Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(batch[:, :-1], use_cache=False).logits
    return cross_entropy(logits.float().flatten(0, 1), batch[:, 1:].flatten())
