"""Training: one pass over each phase's stories, Muon and AdamW, a warm-up and a cosine, products in bfloat16."""

from __future__ import annotations

import json
import math
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer
from transformers import LlamaForCausalLM

from experiments.inkling.sizes import CONTEXT, Phase, Size

Tokens = NDArray[np.uint16]

_REPORTED = 100  # steps between two lines of the log
_WARMUP = 100
_LAST_RATE = 0.02  # of the peak
_SEED = 20


def train(size: Size, phases: Iterable[tuple[Phase, Tokens]], log: Path) -> LlamaForCausalLM:
    """A model trained on the phases in order. Losses, in nats per token, are written to `log` as JSON lines."""
    torch.manual_seed(_SEED)
    model = LlamaForCausalLM(size.config())
    with log.open("w") as lines:
        for phase, corpus in phases:
            run_phase(model, phase, corpus, size.peak_rate * phase.rate, lines)
    return model


def run_phase(model: LlamaForCausalLM, phase: Phase, corpus: Tokens, peak_rate: float, lines: TextIO) -> None:
    """Train `model` in place; the optimisers' memory begins and ends with the phase."""
    optimisers = _optimisers(model, peak_rate)
    batches = list(_batches(corpus, phase.window, phase.rows))
    started, recent = time.monotonic(), deque[float](maxlen=_REPORTED)
    for step, batch in enumerate(batches, start=1):
        recent.append(_step(model, optimisers, batch, peak_rate * _schedule(step - 1, len(batches))))
        if step % _REPORTED == 0 or step == len(batches):
            passed, loss = round(time.monotonic() - started), round(sum(recent) / len(recent), 4)
            record = {"phase": phase.split, "step": step, "of": len(batches), "loss": loss, "seconds": passed}
            print(json.dumps(record), file=lines, flush=True)


@torch.no_grad()
def loss_per_token(model: LlamaForCausalLM, corpus: Tokens) -> float:
    """Mean negative log-likelihood over windows of the whole context, in nats per token."""
    losses = [_loss(model, batch).item() for batch in _batches(corpus, CONTEXT, rows=2)]
    return sum(losses) / len(losses)


def _optimisers(model: LlamaForCausalLM, rate: float) -> tuple[Optimizer, Optimizer]:
    """Muon (torch.optim.Muon) for the matrices between layers: 5 % less held-out loss than AdamW after 0.8M tokens of
    the small size. AdamW for the embedding and the norms."""
    hidden = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim < 2 or "embed" in name]
    muon = torch.optim.Muon(hidden, lr=rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw")
    return muon, torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.98), weight_decay=0.0)


def _batches(corpus: Tokens, window: int, rows: int) -> Iterator[torch.Tensor]:
    """[rows, window + 1] of ids; the stories are drawn independently, so their order needs no shuffling."""
    length = rows * window
    for start in range(0, len(corpus) - length, length):
        flat = torch.from_numpy(corpus[start : start + length + 1].astype(np.int64))
        yield flat.unfold(0, window + 1, window)


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
