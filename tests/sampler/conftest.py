"""The four kinds of tokenizer, each behind a real model: two libraries, two families."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sampler.backends import TransformersBackend
from sampler.backends.base import Backend
from sampler.vocab import Tokens
from tests.sampler.families import byte_level_tokenizer, llama, sentencepiece_tokenizer

TOKENIZERS = {"byte-level": byte_level_tokenizer, "sentencepiece": sentencepiece_tokenizer}
KINDS = [f"{library} {family}" for library in ("hf", "gguf") for family in TOKENIZERS]


@dataclass(frozen=True)
class Kind:
    """A backend, and what its library itself decodes ids to: bytes, special tokens included."""

    backend: Backend
    decode: Callable[[Tokens], bytes]
    family: str
    exact: bool  # float64; llama.cpp computes in float32

    @property
    def tolerance(self) -> float:
        """Nats that the batch, or the order of cuts, may move a log-prob."""
        return 1e-12 if self.exact else 1e-5

    def ids(self, *pieces: str | bytes) -> Tokens:
        """One id per piece of text: the tokenisation a test wants."""
        return tuple(self._id(piece.encode() if isinstance(piece, str) else piece) for piece in pieces)

    def _id(self, piece: bytes) -> int:
        vocab = self.backend.vocab
        return next(token for token in range(vocab.size) if vocab.bytes_of(token) == piece)


@pytest.fixture(scope="session")
def make_kind(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Kind]:
    """Each kind is made once."""

    @cache
    def make(name: str) -> Kind:
        library, family = name.split()
        tokenizer = TOKENIZERS[family]()
        return kind_of(library, tokenizer, family, tmp_path_factory.mktemp("gguf"))

    return make


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, make_kind: Callable[[str], Kind]) -> Kind:
    return make_kind(request.param)


def kind_of(library: str, tokenizer: Any, family: str, folder: Path) -> Kind:
    return _hf(tokenizer, family) if library == "hf" else _gguf(tokenizer, family, folder)


def _hf(tokenizer: Any, family: str) -> Kind:
    backend = TransformersBackend(llama(tokenizer), tokenizer)
    return Kind(backend, lambda ids: tokenizer.decode(ids, skip_special_tokens=False).encode(), family, exact=True)


def _gguf(tokenizer: Any, family: str, folder: Path) -> Kind:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed: pip install '.[llamacpp]'")
    from sampler.backends.llamacpp import LlamaCppBackend
    from sampler.backends.llamacpp_file import open_gguf
    from sampler.backends.llamacpp_vocab import detokenize
    from tests.sampler.gguf_files import llama_file

    file = llama_file(folder / "tiny.gguf", tokenizer)
    reader = open_gguf(file, vocab_only=True)
    backend = LlamaCppBackend.from_file(file, n_ctx=256, n_threads=1, kv_type="f32")
    return Kind(backend, lambda ids: detokenize(reader, ids), family, exact=False)
