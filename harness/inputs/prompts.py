"""Prompts: rows of a file, an embedded set or a hub dataset, as items with stable ids."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from harness.config.settings import DatasetSettings
from harness.errors import InputError
from harness.inputs.lists import is_text
from harness.inputs.rows import read_rows, source_digest

Row = Mapping[str, Any]

# Chat data names its speakers in two ways; these are the same three people.
ROLES = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system"}


@dataclass(frozen=True)
class Message:
    role: str  # "system", "user" or "assistant"
    content: str


@dataclass(frozen=True)
class PromptItem:
    """One prompt. With `messages`, the model's chat template turns them into the tokens it reads; `text` is then the
    last user message, for people.
    """

    id: str
    text: str
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True)
class PromptSet:
    """The selected prompts and the digest of the whole set they were selected from, with how its rows were read."""

    items: tuple[PromptItem, ...]
    digest: str


def load_prompts(dataset: DatasetSettings) -> PromptSet:
    """Read the first `limit` prompts. Raise InputError: unreadable, missing column, empty prompt, doubled id."""
    rows = islice(read_rows(dataset), dataset.limit)
    items = tuple(_item(number, row, dataset) for number, row in enumerate(rows))
    if not items:
        raise InputError(_source(dataset)[0], _source(dataset)[1], "holds no prompt; give at least one row")
    _refuse_doubles(items, dataset)
    return PromptSet(items, _digest(dataset))


def _digest(dataset: DatasetSettings) -> str:
    """Content, and what turns a row into a prompt. Not the limit, which only selects; not the path."""
    reading = [getattr(dataset, key) for key in ("column", "id_column", "messages_column", "template", "chat_template")]
    return hashlib.sha256(json.dumps([source_digest(dataset), reading]).encode()).hexdigest()


def _item(number: int, row: Row, dataset: DatasetSettings) -> PromptItem:
    prompt_id = str(number) if dataset.id_column is None else str(_cell(row, dataset.id_column, number, "id_column"))
    if not prompt_id or not is_text(prompt_id):
        raise InputError("dataset.id_column", prompt_id, f"row {number}: is empty or holds half of a surrogate pair")
    messages = _messages(number, row, dataset)
    text = next(message.content for message in reversed(messages) if message.role == "user")
    return PromptItem(prompt_id, text, messages if dataset.chat_template else ())


def _messages(number: int, row: Row, dataset: DatasetSettings) -> tuple[Message, ...]:
    """What is said before the model's first turn; a plain column is one user message. The template wraps the last."""
    if dataset.messages_column is None:
        said = [Message("user", _text(_cell(row, dataset.column, number, "column"), number, dataset.column))]
    else:
        said = list(_conversation(number, row, dataset.messages_column))
    if not any(message.role == "user" for message in said):
        raise InputError(f"dataset row {number}", row, "no user message before the first answer; remove the row")
    if dataset.template is not None:
        last = max(index for index, message in enumerate(said) if message.role == "user")
        said[last] = Message("user", dataset.template.replace("{prompt}", said[last].content))
    return tuple(said)


def _conversation(number: int, row: Row, column: str) -> Iterator[Message]:
    turns = _cell(row, column, number, "messages_column")
    if not isinstance(turns, Iterable) or isinstance(turns, str | bytes | Mapping):
        raise InputError("dataset.messages_column", column, f"row {number} holds no list of messages; name another")
    for turn in turns:
        message = _message(turn, number, column)
        if message.role == "assistant":
            return
        yield message


def _message(turn: object, number: int, column: str) -> Message:
    said = turn if isinstance(turn, Mapping) else {}
    role, content = said.get("role", said.get("from")), said.get("content", said.get("value"))
    if role not in ROLES:
        known = ", ".join(ROLES)
        raise InputError("dataset.messages_column", column, f"row {number} has a speaker {role!r}; known are {known}")
    return Message(ROLES[role], _text(content, number, column))


def _cell(row: Row, column: str, number: int, key: str) -> Any:
    if column not in row:
        there = ", ".join(map(str, row)) or "none"
        raise InputError(f"dataset.{key}", column, f"row {number} has no such column; there are: {there}")
    return row[column]


def _text(value: object, number: int, column: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError("dataset", value, f"row {number}, column {column!r} must be a text that is not empty; fill it")
    if not is_text(value):
        raise InputError("dataset", value, f"row {number}, column {column!r} holds half of a surrogate pair; remove it")
    return value


def _refuse_doubles(items: tuple[PromptItem, ...], dataset: DatasetSettings) -> None:
    doubled = [prompt_id for prompt_id, count in Counter(item.id for item in items).items() if count > 1]
    if doubled:
        raise InputError(
            "dataset.id_column", dataset.id_column, f"id {doubled[0]!r} stands on two rows; make it unique"
        )


def _source(dataset: DatasetSettings) -> tuple[str, str | None]:
    key = {"embedded": "name", "file": "path", "hub": "id"}[dataset.source]
    return f"dataset.{key}", getattr(dataset, key)
