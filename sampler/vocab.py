"""What the engine knows of a tokenizer: the bytes of each id, which ids end a text, and how to encode one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import index
from typing import SupportsIndex

from sampler.text import split_incomplete

Tokens = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Vocab:
    """A vocabulary of `size` ids (the width V of a logits row).

    Ids beyond the tokenizer decode to nothing. Special tokens other than EOS are literal text. Nothing is cleaned up:
    some decoders take away spaces before punctuation, but what was written is what is matched.
    """

    size: int
    eos: frozenset[int]
    pieces: Sequence[bytes]  # bytes of each id, as they appear inside a text
    encode_text: Callable[[str], Tokens]  # no special tokens added
    encode_start: Callable[[str], Tokens]  # as a prompt: the tokenizer's own BOS policy
    # SentencePiece marks the start of a text with a space that its decoder drops again
    drops_first_space: bool = False
    specials: frozenset[int] = field(default_factory=frozenset)

    def bytes_of(self, token: int) -> bytes:
        """Bytes that `token` adds to a text; EOS adds none."""
        return b"" if token in self.eos or token >= len(self.pieces) else self.pieces[token]

    def encode(self, text: str) -> Tokens:
        """Ids of `text` as it would stand inside a longer text."""
        return self.encode_text(text)

    def prompt(self, prompt: str | Sequence[int]) -> Prompt:
        """Make a prompt of a text (encoded with the tokenizer's BOS policy) or of ids (taken as they are)."""
        if isinstance(prompt, str):
            return Prompt(self.encode_start(prompt), prompt, b"")
        try:
            tokens = tuple(map(index, prompt))  # numpy's and torch's integers too, but no 0.5 and no "7"
        except TypeError:
            odd = next(token for token in prompt if not isinstance(token, SupportsIndex))
            raise TypeError(f"prompt: {odd!r} is no token id; give a text, or a list of integers") from None
        wrong = [token for token in tokens if not 0 <= token < self.size]
        if wrong:
            raise ValueError(f"prompt: token id {wrong[0]} is outside the vocabulary 0..{self.size - 1}")
        text, pending = split_incomplete(b"".join(self.bytes_of(t) for t in tokens if t not in self.specials))
        return Prompt(tokens, text.removeprefix(" ") if self.drops_first_space else text, pending)

    def first_bytes(self, token: int, prompt: Prompt) -> bytes:
        """Bytes that `token` adds as the very first of a continuation of `prompt`."""
        data = self.bytes_of(token)
        empty = self.drops_first_space and not prompt.text
        return data.removeprefix(b" ") if empty else data


@dataclass(frozen=True)
class Prompt:
    """A prompt as the engine sees it. `text` excludes special tokens given as ids."""

    tokens: Tokens
    text: str
    pending: bytes = b""  # bytes of an incomplete character at its end
