"""A GGUF file opened by llama.cpp: quietly, freed once, and what is wrong with it said in one line."""

from __future__ import annotations

import ctypes
import weakref
from collections import deque
from pathlib import Path
from typing import Any

import llama_cpp

from sampler.backends.llamacpp_header import check_layers

ERROR = 4  # GGML_LOG_LEVEL_ERROR
_said: deque[str] = deque(maxlen=16)  # llama.cpp's newest errors


class GgufModel:
    """A file in llama.cpp's hands, freed with the last reference to this object or at exit."""

    def __init__(self, pointer: Any) -> None:
        self.pointer = pointer
        self.vocab = llama_cpp.llama_model_get_vocab(pointer)
        weakref.finalize(self, llama_cpp.llama_model_free, pointer)

    def metadata(self, key: str) -> str | None:
        """A value of the file's metadata as text, None where it has none."""
        size = llama_cpp.llama_model_meta_val_str(self.pointer, key.encode(), None, 0) + 1
        if size <= 0:
            return None
        buffer = ctypes.create_string_buffer(size)
        llama_cpp.llama_model_meta_val_str(self.pointer, key.encode(), buffer, size)
        return buffer.value.decode()

    @property
    def trained_context(self) -> int | None:
        """Positions the model was trained on. Beyond them learned positions do not exist."""
        architecture = self.metadata("general.architecture")
        length = self.metadata(f"{architecture}.context_length")
        return int(length) if length else None


def open_gguf(path: str | Path, n_gpu_layers: int = 0, vocab_only: bool = False) -> GgufModel:
    """Open a file, or its tokenizer and metadata alone.

    Raises FileNotFoundError for no file, ValueError for one that llama.cpp cannot load.
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"model.path: {file} is not a file; give a .gguf file")
    with file.open("rb") as handle:
        if handle.read(4) != b"GGUF":
            raise ValueError(f"model.path: {file} is no GGUF file: it does not begin with the bytes GGUF")
    llama_cpp.llama_log_set(_listen, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    check_layers(file)
    params = llama_cpp.llama_model_default_params()
    params.n_gpu_layers, params.vocab_only = n_gpu_layers, vocab_only
    _said.clear()
    pointer = llama_cpp.llama_model_load_from_file(str(file).encode(), params)
    if not pointer:
        raise ValueError(
            f"model.path: llama.cpp cannot load {file} ({complaint()}); "
            "it is damaged or its parts do not belong together, fetch or convert it again"
        )
    return GgufModel(pointer)


def complaint() -> str:
    """The first thing llama.cpp complained of; what follows only says that it gave up."""
    first = next((line for line in _said if line), "it does not say why")
    return first.partition(": ")[2].removeprefix("error loading model: ") or first


def forget_complaints() -> None:
    """Before an operation whose failure `complaint` is to explain."""
    _said.clear()


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
def _listen(level: int, text: bytes, user_data: ctypes.c_void_p) -> None:
    """llama.cpp tells its life story on stderr; only its errors are kept, for our messages."""
    if level == ERROR:
        _said.append(" ".join(text.decode(errors="replace").split()))
