"""The bytes behind the ids of a GGUF tokenizer."""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp

from sampler.vocab import Tokens, Vocab


def vocab_of(model: Any, keep_alive: object) -> Vocab:
    """Read the vocabulary of a loaded llama.cpp model; `keep_alive` owns the memory that encoding goes on using."""
    vocab = llama_cpp.llama_model_get_vocab(model)
    size = llama_cpp.llama_vocab_n_tokens(vocab)
    spm = llama_cpp.llama_vocab_type(vocab) == llama_cpp.LLAMA_VOCAB_TYPE_SPM

    def inner(text: str) -> Tokens:
        assert keep_alive
        return _behind_anchor(vocab, text) if spm else _tokenize(vocab, text, add_special=False)

    def start(text: str) -> Tokens:
        assert keep_alive
        tokens = _tokenize(vocab, text, add_special=True)
        bos = llama_cpp.llama_vocab_bos(vocab)
        if not tokens and bos < 0:
            raise ValueError("prompt: it is empty, and the model's tokenizer has no BOS to start from; give a text")
        return tokens or (bos,)

    return Vocab(
        size=size,
        eos=frozenset(token for token in range(size) if llama_cpp.llama_vocab_is_eog(vocab, token)),
        pieces=[_piece(vocab, token) for token in range(size)],
        encode_text=inner,
        encode_start=start,
        drops_first_space=spm,
        specials=frozenset(token for token in range(size) if llama_cpp.llama_vocab_is_control(vocab, token)),
    )


def _tokenize(vocab: Any, text: str, add_special: bool) -> Tokens:
    data = text.encode()
    room = len(data) + 8
    tokens = (llama_cpp.llama_token * room)()
    count = llama_cpp.llama_tokenize(vocab, data, len(data), tokens, room, add_special, False)
    return tuple(tokens[:count])


def _behind_anchor(vocab: Any, text: str) -> Tokens:
    """Encode without the space that SentencePiece puts in front of a text."""
    anchor = _tokenize(vocab, "\n", add_special=False)
    tokens = _tokenize(vocab, "\n" + text, add_special=False)
    return tokens[len(anchor) :] if tokens[: len(anchor)] == anchor else _tokenize(vocab, text, add_special=False)


def _piece(vocab: Any, token: int) -> bytes:
    size = 64
    while True:
        buffer = ctypes.create_string_buffer(size)
        written = llama_cpp.llama_token_to_piece(vocab, token, buffer, size, 0, True)
        if written >= 0:
            return buffer.raw[:written]
        size = -written
