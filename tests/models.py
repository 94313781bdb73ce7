"""Small explicit language models for exact tests."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import product

from sampler.backends import ScriptedBackend

EOS = "<eos>"


def bigram(
    vocab: Sequence[str | bytes], table: Sequence[Sequence[float]], eos: set[int] = frozenset()
) -> ScriptedBackend:
    """A model in which the next token depends on the last one: `table[last][next]`, row -1 for an empty prefix."""

    def next_logits(prefix: tuple[int, ...]) -> list[float]:
        row = table[prefix[-1] if prefix else -1]
        return [math.log(p) if p > 0 else -math.inf for p in row]

    return ScriptedBackend(vocab, next_logits, eos)


def random_bigram(vocab: Sequence[str | bytes], seed: int, eos: set[int] = frozenset()) -> ScriptedBackend:
    """A bigram model with a random table; its last row, for an empty prefix, is random too."""
    rng = random.Random(seed)
    table = [[rng.uniform(0.05, 1.0) for _ in vocab] for _ in range(len(vocab) + 1)]
    return bigram(vocab, [[p / sum(row) for p in row] for row in table], eos)


def all_texts(backend: ScriptedBackend, length: int) -> dict[tuple[int, ...], float]:
    """The plain law by brute force: every sequence of at most `length` tokens that ends with EOS or at the limit."""
    law = {}
    for n in range(1, length + 1):
        for tokens in product(range(backend.vocab.size), repeat=n):
            ends = tokens[-1] in backend.vocab.eos
            if any(token in backend.vocab.eos for token in tokens[:-1]) or (n < length and not ends):
                continue
            mass = float(backend.score((), tokens).sum().exp())
            if mass > 0:
                law[tokens] = mass
    return law


def text_of(backend: ScriptedBackend, tokens: Sequence[int]) -> str:
    return b"".join(backend.vocab.bytes_of(token) for token in tokens).decode(errors="replace")


def total_variation(p: dict[tuple[int, ...], float], q: dict[tuple[int, ...], float]) -> float:
    return sum(abs(p.get(x, 0.0) - q.get(x, 0.0)) for x in p.keys() | q.keys()) / 2


def path(*pieces: str | bytes, other: str = "~", prompt: Sequence[str] = ()) -> ScriptedBackend:
    """A model that wants to write `pieces` in turn after `prompt`, and `other` wherever it was pushed off that path.

    Behind `other` it goes on with the piece that belongs at that position. EOS is wanted in the end.
    """
    vocab = list(dict.fromkeys([*pieces, other, *prompt, EOS]))
    wanted = [vocab.index(piece) for piece in (*pieces, EOS)]

    def next_logits(prefix: tuple[int, ...]) -> list[float]:
        position = len(prefix) - len(prompt)
        want = wanted[min(position, len(wanted) - 1)]
        return [2.0 if token == want else 1.0 if vocab[token] == other else -1.0 - token for token in range(len(vocab))]

    return ScriptedBackend(vocab, next_logits, eos={vocab.index(EOS)})


def ranked(table: dict[tuple[str, ...] | None, Sequence[str]], vocab: Sequence[str]) -> ScriptedBackend:
    """A model by preference: `table[continuation]` lists the pieces it wants next, best first; None for all others.

    Pieces not listed are impossible there. The last piece of `vocab` ends a text.
    """

    def next_logits(prefix: tuple[int, ...]) -> list[float]:
        wanted = table.get(tuple(vocab[token] for token in prefix), table.get(None, ()))
        return [-float(wanted.index(piece)) if piece in wanted else -math.inf for piece in vocab]

    return ScriptedBackend(vocab, next_logits, {len(vocab) - 1})
