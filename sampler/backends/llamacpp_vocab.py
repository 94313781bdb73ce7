"""The bytes behind the ids of a GGUF tokenizer, and the ids of a text."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import partial

import llama_cpp

from sampler.backends.encoding import LETTER, at_start, drops_first_space, inside
from sampler.backends.llamacpp_file import GgufModel
from sampler.vocab import Tokens, Vocab

SPECIAL = llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_UNKNOWN
ROOM = 64  # bytes first offered for an answer; llama.cpp says how many it needs


def vocab_of(model: GgufModel) -> Vocab:
    """Read the vocabulary of an opened file. What encodes keeps the file open."""
    vocab = model.vocab
    size = llama_cpp.llama_vocab_n_tokens(vocab)
    pieces = [_piece(vocab, token) for token in range(size)]
    plain = partial(tokenize, model)
    letter = plain(LETTER)
    return Vocab(
        size=size,
        eos=frozenset(token for token in range(size) if llama_cpp.llama_vocab_is_eog(vocab, token)),
        pieces=pieces,
        encode_text=inside(plain),
        encode_start=at_start(plain, partial(tokenize, model, add_special=True), _start(vocab)),
        drops_first_space=drops_first_space(b"".join(pieces[token] for token in letter), detokenize(model, letter)),
        specials=frozenset(t for t in range(size) if llama_cpp.llama_vocab_get_attr(vocab, t) & SPECIAL),
    )


def tokenize(model: GgufModel, text: str, add_special: bool = False, parse_special: bool = False) -> Tokens:
    """Ids of `text`. `parse_special` reads the names of control tokens in it as these tokens."""
    data = text.encode()
    room = len(data) + 8  # few tokens are empty, and few are added
    while True:
        tokens = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(model.vocab, data, len(data), tokens, room, add_special, parse_special)
        if count >= 0:
            return tuple(tokens[:count])
        room = -count


def detokenize(model: GgufModel, tokens: Sequence[int]) -> bytes:
    """What llama.cpp itself decodes ids to, special tokens included."""
    ids = (llama_cpp.llama_token * len(tokens))(*tokens)
    return _answer(
        lambda buffer, room: llama_cpp.llama_detokenize(model.vocab, ids, len(ids), buffer, room, False, True)
    )


def special_names(model: GgufModel) -> tuple[str, str]:
    """BOS and EOS as the file spells them, "" for one it does not have."""
    ids = (llama_cpp.llama_vocab_bos(model.vocab), llama_cpp.llama_vocab_eos(model.vocab))
    bos, eos = ("" if i < 0 else llama_cpp.llama_vocab_get_text(model.vocab, i).decode() for i in ids)
    return bos, eos


def _start(vocab: int) -> int | None:
    """What an empty prompt becomes: BOS, or EOS where there is none."""
    named = (llama_cpp.llama_vocab_bos(vocab), llama_cpp.llama_vocab_eos(vocab))
    return next((token for token in named if token >= 0), None)


def _piece(vocab: int, token: int) -> bytes:
    return _answer(lambda buffer, room: llama_cpp.llama_token_to_piece(vocab, token, buffer, room, 0, True))


def _answer(ask: Callable[[ctypes.Array[ctypes.c_char], int], int]) -> bytes:
    """The bytes that llama.cpp writes into a buffer; it answers minus the room it needs if that is too small."""
    room = ROOM
    while True:
        buffer = ctypes.create_string_buffer(room)
        written = ask(buffer, room)
        if written >= 0:
            return buffer.raw[:written]
        room = -written
