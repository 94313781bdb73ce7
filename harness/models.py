"""Settings become a loaded backend, kept while jobs share it, and prompts become the tokens it reads."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.errors import InputError
from harness.prompts import Message, PromptItem
from harness.settings import ModelSettings
from harness.weights import ModelSource
from sampler.backends import LlamaCppBackend, TransformersBackend
from sampler.backends.base import Backend

DEFAULT_DTYPE = "float32"
ALL_LAYERS = -1  # llama.cpp: to the GPU


@dataclass(frozen=True)
class Reader:
    """How a model reads prompts, known without its weights: text or messages → token ids, at most `context` of them."""

    encode: Callable[[str], Sequence[int]]
    render: Callable[[tuple[Message, ...]], str]
    encode_rendered: Callable[[str], Sequence[int]]
    context: int

    def tokens(self, item: PromptItem) -> Sequence[int]:
        return self.encode_rendered(self.render(item.messages)) if item.messages else self.encode(item.text)

    def shown(self, item: PromptItem) -> str:
        """The prompt as the model sees it, for the record."""
        return self.render(item.messages) if item.messages else item.text


class _Shelf:
    """Holds one backend: two large models do not fit where one does."""

    def __init__(self) -> None:
        self._held: tuple[ModelSettings, ModelSource] | None = None
        self._backend: Backend | None = None

    def take(self, model: ModelSettings, source: ModelSource) -> Backend:
        if self._backend is None or self._held != (model, source):
            self._backend = None
            gc.collect()
            self._backend, self._held = _load(model, source), (model, source)
        return self._backend


_shelf = _Shelf()


def load_backend(model: ModelSettings, source: ModelSource) -> Backend:
    """The model found at `source`, loaded once for all consecutive jobs of this process that share it."""
    return _shelf.take(model, source)


def device_of(model: ModelSettings) -> str:
    """ "auto" is cuda where there is one, else cpu."""
    if model.device != "auto":
        return model.device
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def check_prompts(model: ModelSettings, source: ModelSource, items: Sequence[PromptItem]) -> None:
    """Raise InputError for the first prompt that leaves no room for a single token."""
    reader = open_reader(model, source)
    for item in items:
        length = len(reader.tokens(item))
        if length >= reader.context:
            problem = f"prompt {item.id!r} has {length} tokens, the model holds {reader.context}; shorten or remove it"
            raise InputError("dataset", item.text, problem)


@cache
def open_reader(model: ModelSettings, source: ModelSource) -> Reader:
    """Open the tokenizer alone. Raise InputError when it cannot be opened."""
    try:
        return _llamacpp_reader(model, source) if model.backend == "llamacpp" else _transformers_reader(source)
    except (OSError, ValueError, KeyError) as error:
        field = "model.path" if model.backend == "llamacpp" else "model.name"
        raise InputError(field, source.location, f"its tokenizer cannot be opened ({error}); check the files") from None


def _load(model: ModelSettings, source: ModelSource) -> Backend:
    return _load_gguf(model, source) if model.backend == "llamacpp" else _load_transformers(model, source)


def _load_gguf(model: ModelSettings, source: ModelSource) -> Backend:
    layers = ALL_LAYERS if device_of(model).startswith("cuda") else 0
    return LlamaCppBackend.from_file(source.location, model.n_ctx, n_gpu_layers=layers, n_threads=model.threads)


def _load_transformers(model: ModelSettings, source: ModelSource) -> Backend:
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    usual = _usual_threads()
    torch.set_num_threads(model.threads or usual)
    return TransformersBackend.from_pretrained(
        source.location, device=device_of(model), dtype=model.dtype or DEFAULT_DTYPE, revision=source.revision
    )


@cache
def _usual_threads() -> int:
    """What torch chose before any model asked for another number."""
    import torch

    return torch.get_num_threads()


def _transformers_reader(source: ModelSource) -> Reader:
    from transformers import AutoConfig, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(source.location, revision=source.revision)
    config: Any = AutoConfig.from_pretrained(source.location, revision=source.revision)

    def render(messages: tuple[Message, ...]) -> str:
        if tokenizer.chat_template is None:
            raise InputError("dataset.chat_template", True, f"{source.label} has no chat template; set it to false")
        turns = [{"role": message.role, "content": message.content} for message in messages]
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))

    return Reader(
        encode=lambda text: tokenizer(text).input_ids,
        render=render,
        encode_rendered=lambda text: tokenizer(text, add_special_tokens=False).input_ids,
        context=getattr(config.get_text_config(), "max_position_embeddings", None) or sys.maxsize,
    )


def _llamacpp_reader(model: ModelSettings, source: ModelSource) -> Reader:
    from llama_cpp import Llama
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    llama: Any = Llama(source.location, vocab_only=True, verbose=False)

    def render(messages: tuple[Message, ...]) -> str:
        template = llama.metadata.get("tokenizer.chat_template")
        if template is None:
            raise InputError("dataset.chat_template", True, f"{source.label} has no chat template; set it to false")
        bos, eos = (llama._model.token_get_text(token) for token in (llama.token_bos(), llama.token_eos()))
        formatter = Jinja2ChatFormatter(template=template, bos_token=bos, eos_token=eos)
        turns: Any = [{"role": message.role, "content": message.content} for message in messages]
        return formatter(messages=turns).prompt

    return Reader(
        encode=lambda text: llama.tokenize(text.encode(), add_bos=True, special=False),
        render=render,
        encode_rendered=lambda text: llama.tokenize(text.encode(), add_bos=False, special=True),
        context=model.n_ctx,
    )
