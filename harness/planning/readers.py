"""How a model reads prompts, known from its tokenizer alone: prompts are checked before any weights are loaded."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.config.settings import ModelSettings
from harness.errors import InputError
from harness.inputs.prompts import Message, PromptItem
from harness.planning.weights import ModelSource

Render = Callable[[tuple[Message, ...]], str]


@dataclass(frozen=True)
class Reader:
    """Text or messages → token ids; a text may have `context` of them, prompt included.

    What a chat template renders is complete: its special tokens are read as such, and none is added, so a template
    that writes BOS and one that leaves it out both mean what they say.
    """

    encode: Callable[[str], Sequence[int]]
    render: Render
    encode_rendered: Callable[[str], Sequence[int]]
    context: int
    template: str | None = None  # of its chats

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
    except InputError:
        raise
    except Exception as error:  # files of anybody: tokenizers alone raises ValueError, KeyError, OSError and Exception
        field = "model.path" if model.backend == "llamacpp" else "model.name"
        reason = str(error).removeprefix(f"{field}: ")
        raise InputError(
            field, source.location, f"its tokenizer cannot be opened ({reason}); check the files"
        ) from None


def _transformers_reader(source: ModelSource) -> Reader:
    from transformers import AutoConfig, AutoTokenizer

    from sampler.backends.hf_vocab import plain_encoder, start_encoder

    # Left out, the last is a question on the terminal: whether to run what code the folder brings.
    options: dict[str, Any] = {"revision": source.revision, "trust_remote_code": False}
    tokenizer: Any = AutoTokenizer.from_pretrained(source.location, **options)
    config: Any = AutoConfig.from_pretrained(source.location, **options)
    template = tokenizer.chat_template

    def render(messages: tuple[Message, ...]) -> str:
        return str(tokenizer.apply_chat_template(_turns(messages), tokenize=False, add_generation_prompt=True))

    return Reader(
        encode=start_encoder(tokenizer),
        render=_careful(render, template, source),
        encode_rendered=plain_encoder(tokenizer),
        context=getattr(config.get_text_config(), "max_position_embeddings", None) or sys.maxsize,
        template=template if isinstance(template, str) else None,
    )


def _gguf_reader(model: ModelSettings, source: ModelSource) -> Reader:
    try:
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter
    except ModuleNotFoundError as error:
        raise InputError("model.backend", "llamacpp", f"{error}; pip install 'backtrack-harness[llamacpp]'") from None
    from sampler.backends.llamacpp_file import open_gguf
    from sampler.backends.llamacpp_vocab import special_names, tokenize, vocab_of

    file = open_gguf(source.location, vocab_only=True)
    template = file.metadata("tokenizer.chat_template")

    def render(messages: tuple[Message, ...]) -> str:
        bos, eos = special_names(file)
        formatter = Jinja2ChatFormatter(template=str(template), bos_token=bos, eos_token=eos)
        return formatter(messages=_turns(messages)).prompt

    return Reader(
        encode=vocab_of(file).encode_start,
        render=_careful(render, template, source),
        encode_rendered=lambda text: tokenize(file, text, parse_special=True),
        context=min(model.n_ctx, file.trained_context or model.n_ctx),
        template=template,
    )


def _careful(render: Render, template: object, source: ModelSource) -> Render:
    """`render`, with InputError where there is no template or it fails: a program of the model's authors, in a sandbox,
    which may refuse a conversation (a system message, two turns of one speaker).
    """

    def rendered(messages: tuple[Message, ...]) -> str:
        if template is None:
            raise InputError("dataset.chat_template", True, f"{source.label} has no chat template; give it plain text")
        try:
            return render(messages)
        except Exception as error:
            said = f"the template of {source.label} fails on {messages!r:.200} ({type(error).__name__}: {error})"
            raise InputError(
                "dataset.chat_template", True, f"{said}; give it plain text, or change the prompt"
            ) from None

    return rendered


def _turns(messages: tuple[Message, ...]) -> Any:
    return [{"role": message.role, "content": message.content} for message in messages]
