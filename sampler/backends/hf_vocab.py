"""The bytes behind the ids of a Hugging Face tokenizer, for byte-level BPE and SentencePiece-like families."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from sampler.backends.encoding import LETTER, Encode, at_start, drops_first_space, inside
from sampler.vocab import Vocab

SPACE = "▁"  # SentencePiece's mark for a space


def vocab_of(tokenizer: Any, size: int, eos: frozenset[int]) -> Vocab:
    """Read a tokenizer; `size` is the width of the model's logits, which may exceed it.

    Raises ValueError for a tokenizer that knows ids which the model does not.
    """
    known = max(tokenizer.get_vocab().values()) + 1
    if known > size:
        raise ValueError(
            f"tokenizer: it has ids up to {known - 1}, but the model only {size}; they do not belong together"
        )
    names: Sequence[str | None] = tokenizer.convert_ids_to_tokens(list(range(known)))
    added = {token: entry.content.encode() for token, entry in tokenizer.added_tokens_decoder.items()}
    spell = _speller(tokenizer)
    pieces = [
        added[token] if token in added else b"" if name is None else spell(token, name)
        for token, name in enumerate(names)
    ]
    plain = plain_encoder(tokenizer)
    letter = plain(LETTER)
    decoded = str(tokenizer.decode(letter)).encode()
    return Vocab(
        size=size,
        eos=eos,
        pieces=pieces,
        encode_text=inside(plain),
        encode_start=start_encoder(tokenizer),
        drops_first_space=drops_first_space(b"".join(pieces[token] for token in letter), decoded),
        specials=frozenset(tokenizer.all_special_ids),
    )


def plain_encoder(tokenizer: Any) -> Encode:
    """Encode without adding special tokens."""
    return lambda text: tuple(tokenizer(text, add_special_tokens=False).input_ids)


def start_encoder(tokenizer: Any) -> Encode:
    """Encode a prompt with the tokenizer's own BOS policy; an empty one becomes BOS, or EOS where there is none."""
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    return at_start(plain_encoder(tokenizer), lambda text: tuple(tokenizer(text).input_ids), start)


Spell = Callable[[int, str], bytes]  # (id, the tokenizer's name for it) -> its bytes inside a text


def _speller(tokenizer: Any) -> Spell:
    """How this family of tokenizers spells an id."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    decoder = json.dumps(json.loads(backend.to_str())["decoder"], ensure_ascii=False) if backend is not None else ""
    if '"ByteLevel"' in decoder:
        table = byte_level_table()
        # a name with other characters stands for itself, as in the library's own decoder
        return lambda token, name: bytes(table[char] for char in name) if table.keys() >= {*name} else name.encode()
    if SPACE in decoder or '"Metaspace"' in decoder:
        return lambda token, name: _sentencepiece(name)
    return _by_difference(tokenizer)


def byte_level_table() -> dict[str, int]:
    """The printable character that byte-level BPE writes for each byte (GPT-2), turned round.

    Printable Latin-1 bytes stand for themselves; the others are numbered from U+0100 on.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table = {chr(byte): byte for byte in printable}
    others = (byte for byte in range(256) if byte not in set(printable))
    return table | {chr(0x100 + i): byte for i, byte in enumerate(others)}


def _sentencepiece(name: str) -> bytes:
    """A piece with ▁ for space, or one byte as <0x0A>."""
    if len(name) == 6 and name.startswith("<0x") and name.endswith(">"):
        return bytes([int(name[3:5], 16)])
    return name.replace(SPACE, " ").encode()


def _by_difference(tokenizer: Any) -> Spell:
    """For other families: what the id adds to the decoding of an anchor."""
    anchor = tokenizer("a", add_special_tokens=False).input_ids
    base = tokenizer.decode(anchor)

    def spell(token: int, name: str) -> bytes:
        return str(tokenizer.decode([*anchor, token]))[len(base) :].encode()

    return spell
