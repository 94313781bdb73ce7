"""Texts made by other engines: rows of a JSONL file, or of a JSON list, as samples that have nothing but a text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.parsing import parse_json
from harness.store.records import Sample


def read_texts(path: Path, field: str, prompt_field: str | None = None) -> list[Sample]:
    """The text of each row is its `field`, its id the object's "id", else its row number; each is a prompt of its own.

    What it was written after is its `prompt_field`, where one is named; "" is nothing. Raise InputError for an
    unreadable file, no rows, a row that is no object, a field without text, a repeated id.
    """
    rows = _rows(path)
    samples = [_sample(number, row, field, prompt_field) for number, row in enumerate(rows, start=1)]
    if not samples:
        raise InputError("--texts", str(path), "the file has no rows; give one JSON object per text")
    if len({sample.prompt_id for sample in samples}) < len(samples):
        raise InputError("--texts", str(path), 'two rows have the same "id"; make the ids unique or leave them out')
    return samples


def _rows(path: Path) -> list[Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if text.lstrip().startswith("["):
            return list(parse_json(text))
        return [parse_json(line) for line in text.split("\n") if line.strip()]
    except OSError as error:
        raise InputError("--texts", str(path), f"{error.strerror}; give a .jsonl or .json file") from None
    except ValueError as error:
        raise InputError("--texts", str(path), f"not JSON ({error}); give one JSON object a line, or a list") from None


def _sample(number: int, row: object, field: str, prompt_field: str | None) -> Sample:
    if not isinstance(row, dict):
        raise InputError("--texts", row, f"row {number} is not an object; give rows such as {{{field!r}: ...}}")
    text = _text(number, row, field, "--field")
    prompt = "" if prompt_field is None else _text(number, row, prompt_field, "--prompt-field")
    prompt_id = str(row.get("id", number))
    return Sample(prompt_id, 0, prompt, text, (), "eos", (), {}, ())


def _text(number: int, row: dict[str, Any], field: str, option: str) -> str:
    text = row.get(field)
    if not isinstance(text, str):
        present = ", ".join(map(str, row)) or "none"
        raise InputError(option, field, f"row {number} has no such text; its fields are: {present}")
    return text
