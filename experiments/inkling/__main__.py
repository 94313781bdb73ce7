"""Makes everything that harness/data ships of the embedded model: python -m experiments.inkling [STEP ...]"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from experiments.inkling import corpus
from experiments.inkling.export import export_folder
from experiments.inkling.gguf_export import export_gguf
from experiments.inkling.measure import measurements, slop_rates
from experiments.inkling.sizes import PHASES, SIZES
from experiments.inkling.teller import PLAIN, SLOPPY
from experiments.inkling.tokenizer import train_tokenizer
from experiments.inkling.training import loss_per_token, train
from harness.profile.baseline import count_baseline, save_baseline

ROOT = Path(__file__).parents[2]
DATA = ROOT / "harness" / "data"
BUILD = ROOT / "build" / "inkling"
_TOKENIZER_STORIES = 3000
_HELDOUT_STORIES = 300
_HUMAN_STORIES = 2000
_GGUF_OF = "inkling_2m"


def make_tokenizer() -> None:
    train_tokenizer(corpus.stories("tokenizer", _TOKENIZER_STORIES, cliche_rate=0.0)).save(str(_tokenizer_path()))


def make_model(name: str) -> None:
    """Train one size and write its folder."""
    size, tokenizer = SIZES[name], Tokenizer.from_file(str(_tokenizer_path()))
    phases = [
        (
            phase,
            corpus.cached(BUILD / f"{phase.split}.npy", tokenizer, corpus.stories(phase.split, phase.stories, SLOPPY)),
        )
        for phase in PHASES
    ]
    export_folder(train(size, phases, BUILD / f"{name}.jsonl"), tokenizer, DATA / name)


def make_gguf() -> None:
    export_gguf(DATA / _GGUF_OF, DATA / f"{_GGUF_OF}_f16.gguf")


def make_human() -> None:
    stories = corpus.stories("human", _HUMAN_STORIES, PLAIN)
    save_baseline(count_baseline("inkling_plain", stories, min_count=2), DATA / "human" / "inkling_plain.json")


def measure() -> None:
    """Print what docs/INKLING.md reports."""
    for name, rate in (("sloppy", SLOPPY), ("plain", PLAIN)):
        print(json.dumps({"grammar": name, **slop_rates(corpus.stories("heldout", _HELDOUT_STORIES, rate))}))
    for name in SIZES:
        print(json.dumps({"model": name, "heldout_nats_per_token": _heldout_losses(name)}))
    for record in measurements(DATA):
        print(json.dumps(record), flush=True)


def _heldout_losses(name: str) -> dict[str, float]:
    tokenizer = Tokenizer.from_file(str(DATA / name / "tokenizer.json"))
    model = LlamaForCausalLM.from_pretrained(DATA / name, dtype=torch.float32)
    modes = {"sloppy": SLOPPY, "plain": PLAIN}
    texts = {mode: corpus.stories("heldout", _HELDOUT_STORIES, rate) for mode, rate in modes.items()}
    return {mode: round(loss_per_token(model, corpus.packed(tokenizer, some)), 4) for mode, some in texts.items()}


def _tokenizer_path() -> Path:
    return BUILD / "tokenizer.json"


STEPS: dict[str, Callable[[], None]] = {
    "tokenizer": make_tokenizer,
    **{name: partial(make_model, name) for name in SIZES},
    "gguf": make_gguf,
    "human": make_human,
    "measure": measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m experiments.inkling", description=__doc__)
    parser.add_argument(
        "steps", nargs="*", default=[], metavar="STEP", help=f"of {', '.join(STEPS)}; none = all, in order"
    )
    parser.add_argument("--threads", type=int, default=2, help="of torch (default: 2)")
    chosen = parser.parse_args()
    unknown = [step for step in chosen.steps if step not in STEPS]
    if unknown:
        parser.error(f"STEP={unknown[0]!r}: no such step; choose among {', '.join(STEPS)}")
    torch.set_num_threads(chosen.threads)
    BUILD.mkdir(parents=True, exist_ok=True)
    for step in chosen.steps or STEPS:
        STEPS[step]()


if __name__ == "__main__":
    main()
