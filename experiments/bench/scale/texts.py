"""Texts to be scored: stories of the embedded models' grammar, joined and cut to a number of words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from experiments.inkling.grammar import load_grammar
from experiments.inkling.teller import SLOPPY, tell
from harness.store.records import write_atomic


def write_texts(path: Path, texts: int, words: int) -> None:
    """A JSONL file of `texts` rows {"id", "output"}, each of `words` words; the same arguments give the same file."""
    rows = ({"id": str(number), "output": text} for number, text in enumerate(_texts(texts, words)))
    write_atomic(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _texts(texts: int, words: int) -> Iterator[str]:
    grammar = load_grammar()
    seed = 0
    for _ in range(texts):
        found: list[str] = []
        while len(found) < words:
            found += tell(grammar, f"scale/{seed}", SLOPPY).split(" ")
            seed += 1
        yield " ".join(found[:words])
