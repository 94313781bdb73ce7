"""Prompts: every format gives the same items; what is missing or doubled is named with its row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.config.settings import DatasetSettings
from harness.errors import InputError
from harness.inputs.prompts import Message, PromptItem, load_prompts

ROWS = [{"id": "007", "prompt": "The tide, again,"}, {"id": "b", "prompt": "null"}]
TURNS = [
    {"from": "system", "value": "You write."},
    {"from": "human", "value": "A tale of salt."},
    {"from": "gpt", "value": "Once"},
    {"from": "human", "value": "More."},
]


def _file(path: Path, **reading: Any) -> DatasetSettings:
    return DatasetSettings(source="file", path=str(path), **reading)


def _write_rows(path: Path) -> Path:
    frame = pd.DataFrame(ROWS)
    match path.suffix:
        case ".jsonl":
            path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n\n")
        case ".json":
            path.write_text(json.dumps(ROWS))
        case ".csv":
            frame.to_csv(path, index=False)
        case ".parquet":
            frame.to_parquet(path)
    return path


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet"])
def test_every_format_gives_the_same_items(suffix: str, tmp_path: Path) -> None:
    """The id 007 must not become 7 in a table, nor the prompt "null" a missing value."""
    loaded = load_prompts(_file(_write_rows(tmp_path / f"rows{suffix}"), id_column="id"))
    assert loaded.items == (PromptItem("007", "The tide, again,"), PromptItem("b", "null"))


def test_plain_text_is_one_prompt_a_line(tmp_path: Path) -> None:
    path = tmp_path / "prompts.txt"
    path.write_text("One night\n\n  Another \n", encoding="utf-8")
    assert [(item.id, item.text) for item in load_prompts(_file(path)).items] == [
        ("0", "One night"),
        ("1", "  Another "),
    ]


def test_limit_selects_but_does_not_change_the_set(tmp_path: Path) -> None:
    """Else a trial with limit=1 would be another job than the run it is a trial of."""
    path = _write_rows(tmp_path / "rows.jsonl")
    first, all_of_it = load_prompts(_file(path, limit=1)), load_prompts(_file(path))
    assert first.items == all_of_it.items[:1]
    assert first.digest == all_of_it.digest


def test_template_and_columns_change_the_set(tmp_path: Path) -> None:
    path = _write_rows(tmp_path / "rows.jsonl")
    plain, told = load_prompts(_file(path)), load_prompts(_file(path, template="Tell: {prompt}"))
    assert told.items[0].text == "Tell: The tide, again,"
    assert len({plain.digest, told.digest, load_prompts(_file(path, id_column="id")).digest}) == 3


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_a_conversation_ends_before_the_first_answer(suffix: str, tmp_path: Path) -> None:
    """The set's own answer in the prompt would be continued, not written."""
    path = tmp_path / f"chat{suffix}"
    if suffix == ".jsonl":
        path.write_text(json.dumps({"turns": TURNS}))
    else:
        pd.DataFrame({"turns": [TURNS]}).to_parquet(path)
    chat = load_prompts(_file(path, messages_column="turns", chat_template=True, template="Write: {prompt}")).items[0]
    assert chat.messages == (Message("system", "You write."), Message("user", "Write: A tale of salt."))
    bare = load_prompts(_file(path, messages_column="turns")).items[0]
    assert bare == PromptItem("0", "A tale of salt.")


def test_a_column_under_a_chat_template_is_one_user_message(tmp_path: Path) -> None:
    item = load_prompts(_file(_write_rows(tmp_path / "rows.csv"), chat_template=True)).items[0]
    assert item.messages == (Message("user", "The tide, again,"),)


@pytest.mark.parametrize(
    ("name", "content", "reading", "says"),
    [
        ("a.jsonl", '{"text": "x", "id": 1}', {}, ["dataset.column='prompt'", "text, id"]),
        ("a.jsonl", '{"prompt": "x"}', {"id_column": "key"}, ["dataset.id_column='key'", "prompt"]),
        ("a.jsonl", '{"prompt": "x"}\n{"prompt": " "}', {}, ["row 1", "not empty"]),
        ("a.jsonl", '{"prompt": "x"}\n{"prompt": 5}', {}, ["row 1"]),
        ("a.jsonl", '{"prompt": "x"}\n{"pro', {}, ["a.jsonl", "line 2"]),
        ("a.jsonl", "[1]", {}, ["line 1", "object"]),
        ("a.jsonl", '{"id": 1, "prompt": "x"}\n{"id": 1, "prompt": "y"}', {"id_column": "id"}, ["'1'", "two rows"]),
        ("a.jsonl", '{"turns": "x"}', {"messages_column": "turns"}, ["row 0", "list of messages"]),
        ("a.jsonl", '{"turns": [{"role": "tool", "content": "x"}]}', {"messages_column": "turns"}, ["'tool'"]),
        (
            "a.jsonl",
            '{"turns": [{"role": "system", "content": "x"}]}',
            {"messages_column": "turns"},
            ["no user message"],
        ),
        ("a.json", '{"prompt": "x"}', {}, ["list"]),
        ("a.txt", "\n \n", {}, ["holds no prompt"]),
        ("a.csv", "", {}, ["cannot be read"]),
        ("a.parquet", "not parquet", {}, ["cannot be read"]),
        ("a.xlsx", "x", {}, [".jsonl"]),
    ],
)
def test_what_cannot_be_read_is_named(
    name: str, content: str, reading: dict[str, Any], says: list[str], tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError) as caught:
        load_prompts(_file(tmp_path / name, **reading))
    message = str(caught.value)
    assert all(part in message for part in says)
    assert "\n" not in message


def test_an_unknown_file_or_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"dataset\.path=.nowhere\.jsonl."):
        load_prompts(DatasetSettings(source="file", path="nowhere.jsonl"))
    with pytest.raises(InputError, match=r"dataset.name='\.\./secret'"):
        load_prompts(DatasetSettings(source="embedded", name="../secret"))
