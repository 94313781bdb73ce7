"""A byte-level tokenizer of 32,000 made-up words, for models with random weights."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from sampler.backends.hf_vocab import byte_level_table

SIZE = 32_000  # as Llama's
SPECIALS = ("<unk>", "<s>", "</s>")
BYTES = 256
CONSONANTS, VOWELS = "bdfghjklmnprstvw", "aeiou"
SPACE = "Ġ"  # byte-level BPE's printable space


def words(count: int) -> list[str]:
    """Distinct words, a space and letters in turn (" b", " ba", " bad", …): each behind all its beginnings."""
    return list(islice(_grow(), count))


def _grow() -> Iterator[str]:
    level = [" "]
    while True:
        letters = CONSONANTS if len(level[0]) % 2 else VOWELS
        level = [word + letter for word in level for letter in letters]
        yield from level


def made_up_tokenizer(size: int = SIZE) -> PreTrainedTokenizerFast:
    """Ids: specials, single bytes, words. A word of the list is one token, and so it is read back from text."""
    alphabet = tuple(byte_level_table())
    pieces = [SPACE + word[1:] for word in words(size - len(SPECIALS) - BYTES)]
    vocab = {piece: i for i, piece in enumerate((*SPECIALS, *alphabet, *pieces))}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[(piece[:-1], piece[-1]) for piece in pieces]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in SPECIALS])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)  # type: ignore[no-untyped-call]
