"""Make `harness/data/oracle/inkling.json`: inkling_500k projected to a bigram table over a few tokens.

It writes texts after its own prompts; row v is its next-token distribution averaged over all places behind token v,
restricted to the `TOP` most probable tokens of a small vocabulary: those of a few phrases of its banned list, of a few
innocent words, and the full stop, which ends the text. The first row is that behind a full stop.

    PYTHONPATH=. python experiments/bias_oracle/inkling_table.py
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM

from sampler import BacktrackSampler
from sampler.backends import TransformersBackend
from strategies import Plain

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "harness/data/inkling_500k"
PHRASES = ("a sense of", "the scent of", "the weight of", "a mix of")
FURTHER = ("hope", "snow", "salt", "the door", "a cup of tea")
TOP, HORIZON, TOKENS, DECIMALS = 3, 8, 200, 2
EOS = "<eos>"


def main() -> None:
    backend = TransformersBackend.from_pretrained(str(MODEL), dtype="float64")
    spelled = [backend.vocab.encode(f" {text}") for text in (*PHRASES, *FURTHER)]
    (stop,) = backend.vocab.encode(".")
    ids = [*dict.fromkeys(token for tokens in spelled for token in tokens), stop]
    texts = [backend.vocab.bytes_of(token).decode() for token in ids]
    behind = mean_rows(backend, ids)
    behind[stop][ids.index(stop)] = 0  # no empty texts
    rows = {text: top(behind[token], texts) for token, text in zip(ids, texts, strict=True)}
    table = {
        "probes": f"inkling_500k as a bigram model of {len(texts)} tokens, the {TOP} most probable behind each.",
        "vocab": [*texts, EOS],
        "eos": EOS,
        "start": rows.pop("."),
        "after": {**rows, ".": {EOS: 1.0}},
        "horizon": HORIZON,
        "banned": list(PHRASES),
        "whole_words": True,
    }
    path = ROOT / "harness/data/oracle/inkling.json"
    path.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(path.relative_to(ROOT))


def mean_rows(backend: TransformersBackend, ids: list[int]) -> dict[int, Tensor]:
    """Token → probabilities [len(ids)] of each of `ids` behind it, averaged over the texts that the model writes."""
    lines = (ROOT / "harness/data/prompts/inkling_prompts.jsonl").read_text(encoding="utf-8").splitlines()
    prompts = [json.loads(line)["prompt"] for line in lines]
    written = BacktrackSampler(backend, Plain(), max_new_tokens=TOKENS).generate(prompts)
    model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float64)
    sums = {token: torch.zeros(len(ids), dtype=torch.float64) for token in ids}
    for prompt, text in zip(prompts, written, strict=True):
        tokens = torch.tensor([[*backend.vocab.prompt(prompt).tokens, *text.tokens]])
        with torch.inference_mode():
            probs = model(tokens).logits[0].softmax(-1)[:, ids]
        for token, row in zip(tokens[0].tolist(), probs, strict=True):
            if token in sums:
                sums[token] += row
    return sums


def top(weights: Tensor, texts: list[str]) -> dict[str, float]:
    """Text → probability of the `TOP` heaviest, rounded; the rounding's remainder goes to the heaviest."""
    heaviest = weights.topk(TOP).indices.tolist()
    total = float(weights[heaviest].sum())
    row = {texts[index]: round(float(weights[index]) / total, DECIMALS) for index in heaviest}
    row[texts[heaviest[0]]] = round(row[texts[heaviest[0]]] + 1 - sum(row.values()), DECIMALS)
    return {text: p for text, p in row.items() if p > 0}


if __name__ == "__main__":
    main()
