"""How a model reads prompts, known from its tokenizer alone: prompts are checked before any weights are loaded."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import cache
from io import StringIO
from typing import Any

from harness.errors import InputError
from harness.prompts import Message, PromptItem
from harness.settings import ModelSettings
from harness.weights import ModelSource


@dataclass(frozen=True)
class Reader:
    """Text or messages → token ids; a text may have `context` of them, prompt included."""

    encode: Callable[[str], Sequence[int]]
    render: Callable[[tuple[Message, ...]], str]
    encode_rendered: Callable[[str], Sequence[int]]
    context: int

    def tokens(self, item: PromptItem) -> Sequence[int]:
        return self.encode_rendered(self.render(item.messages)) if item.messages else self.encode(item.text)

    def shown(self, item: PromptItem) -> str:
        """The prompt as the model sees it, for the record."""
        return self.render(item.messages) if item.messages else item.text


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
    """Open the tokenizer. Raise InputError when it cannot be opened."""
    try:
        return _gguf_reader(model, source) if model.backend == "llamacpp" else _transformers_reader(source)
    except (OSError, ValueError, KeyError) as error:
        field = "model.path" if model.backend == "llamacpp" else "model.name"
        raise InputError(field, source.location, f"its tokenizer cannot be opened ({error}); check the files") from None


def _transformers_reader(source: ModelSource) -> Reader:
    from transformers import AutoConfig, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(source.location, revision=source.revision)
    config: Any = AutoConfig.from_pretrained(source.location, revision=source.revision)

    def render(messages: tuple[Message, ...]) -> str:
        _require_template(tokenizer.chat_template, source)
        return str(tokenizer.apply_chat_template(_turns(messages), tokenize=False, add_generation_prompt=True))

    return Reader(
        encode=lambda text: tokenizer(text).input_ids,
        render=render,
        encode_rendered=lambda text: tokenizer(text, add_special_tokens=False).input_ids,
        context=getattr(config.get_text_config(), "max_position_embeddings", None) or sys.maxsize,
    )


def _gguf_reader(model: ModelSettings, source: ModelSource) -> Reader:
    from llama_cpp import Llama
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    with redirect_stderr(StringIO()):  # it warns that a vocabulary alone was trained on no context
        llama: Any = Llama(source.location, vocab_only=True, verbose=False)
    atexit.register(llama.close)  # its own destructor comes too late, and fails noisily
    template = llama.metadata.get("tokenizer.chat_template")

    def render(messages: tuple[Message, ...]) -> str:
        _require_template(template, source)
        bos, eos = (llama._model.token_get_text(token) for token in (llama.token_bos(), llama.token_eos()))
        return Jinja2ChatFormatter(template=template, bos_token=bos, eos_token=eos)(messages=_turns(messages)).prompt

    return Reader(
        encode=lambda text: llama.tokenize(text.encode(), add_bos=True, special=False),
        render=render,
        encode_rendered=lambda text: llama.tokenize(text.encode(), add_bos=False, special=True),
        context=model.n_ctx,
    )


def _require_template(template: object, source: ModelSource) -> None:
    if template is None:
        raise InputError("dataset.chat_template", True, f"{source.label} has no chat template; set it to false")


def _turns(messages: tuple[Message, ...]) -> Any:
    return [{"role": message.role, "content": message.content} for message in messages]
