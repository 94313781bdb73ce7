"""The corpora: stories by split and index, so that any part can be made again alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from experiments.inkling.grammar import load_grammar
from experiments.inkling.teller import tell
from experiments.inkling.tokenizer import BOS_ID, EOS_ID

_CHUNK = 1000


def stories(split: str, count: int, cliche_rate: float) -> Iterator[str]:
    """The first `count` stories of a split ("train", "heldout", ...); splits share no seed."""
    grammar = load_grammar()
    return (tell(grammar, f"{split}/{index}", cliche_rate) for index in range(count))


def packed(tokenizer: Tokenizer, texts: Iterator[str]) -> NDArray[np.uint16]:
    """All texts as one row of ids [N], each as BOS text EOS."""
    ids: list[NDArray[np.uint16]] = []
    while chunk := [text for _, text in zip(range(_CHUNK), texts, strict=False)]:
        encoded = tokenizer.encode_batch(chunk, add_special_tokens=False)
        ids += [np.array([BOS_ID, *one.ids, EOS_ID], dtype=np.uint16) for one in encoded]
    return np.concatenate(ids)


def cached(path: Path, tokenizer: Tokenizer, texts: Iterator[str]) -> NDArray[np.uint16]:
    """`packed`, kept in a file of the build folder so that both sizes read the same corpus once made."""
    if not path.exists():
        np.save(path, packed(tokenizer, texts))
    stored: NDArray[np.uint16] = np.load(path)
    return stored
