"""What the trained models do: losses on both modes, and clichés per 1,000 words of sampled text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from experiments.inkling.grammar import load_grammar
from experiments.inkling.recognise import Recogniser
from experiments.inkling.sizes import SIZES
from harness.inputs.phrases import load_phrases
from harness.scoring.phrase_counter import PhraseCounter
from harness.scoring.words import words
from sampler import BacktrackSampler, Decoding
from sampler.backends import TransformersBackend
from strategies import Plain

_LISTS = ("inkling_banned", "inkling_heldout")
_REPEATS = 3
_MAX_NEW_TOKENS = 200


def slop_rates(texts: Iterable[str]) -> dict[str, float]:
    """Hits per 1,000 words by list."""
    texts = list(texts)
    total = sum(len(words(text)) for text in texts)
    counters = {name: PhraseCounter(load_phrases(name).entries) for name in _LISTS}
    hits = {name: sum(1 for text in texts for _ in counter.hits(text)) for name, counter in counters.items()}
    return {"words": total, **{name: round(1000 * count / total, 2) for name, count in hits.items()}}


def sampled(folder: Path, prompts: list[str], temperature: float) -> list[str]:
    """Continuations of every prompt, each written several times without any strategy."""
    backend = TransformersBackend.from_pretrained(str(folder), dtype="float32")
    decoding = Decoding(temperature=temperature)
    sampler = BacktrackSampler(backend, Plain(), decoding, max_new_tokens=_MAX_NEW_TOKENS, batch_size=32)
    return [out.text for out in sampler.generate(prompts * _REPEATS)]


def measurements(data: Path, temperatures: tuple[float, ...] = (0.7, 1.0)) -> Iterator[dict[str, object]]:
    """One record a size and temperature; `in_grammar`: mean share of a text in sentences that the grammar can write."""
    lines = (data / "prompts" / "inkling_prompts.jsonl").read_text(encoding="utf-8").splitlines()
    prompts = [json.loads(line)["prompt"] for line in lines]
    recogniser = Recogniser(load_grammar())
    for size in SIZES:
        for temperature in temperatures:
            texts = sampled(data / size, prompts, temperature)
            shares = [recogniser.share(_whole_sentences(text)) for text in texts]
            share = round(sum(shares) / len(shares), 3)
            yield {"model": size, "temperature": temperature, **slop_rates(texts), "in_grammar": share}


def _whole_sentences(text: str) -> str:
    """Without the sentence that the length limit cut."""
    return text[: max(text.rfind(mark) for mark in ".?") + 2].strip()
