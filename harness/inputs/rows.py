"""Rows of a dataset, whatever holds them: JSON lines, JSON, CSV, Parquet, plain text, or the Hugging Face hub."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from harness.config.settings import DatasetSettings
from harness.config.shipped import DATA
from harness.errors import InputError
from harness.inputs.hub import commit_of
from harness.parsing import parse_json
from harness.paths import is_file, user_path

EMBEDDED = DATA / "prompts"

# Above this many rows asked for, downloading the whole set once is cheaper than streaming it again at every resume.
STREAM_UP_TO = 10_000

Row = Mapping[str, Any]


def read_rows(dataset: DatasetSettings) -> Iterator[Row]:
    """The rows in order, lazily where the format allows. Raise InputError when the source cannot be read."""
    if dataset.source == "hub":
        return _hub_rows(dataset)
    path = _local_path(dataset)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError("dataset.path", str(path), f"unknown format; give one of {', '.join(_READERS)}")
    return _reading(reader(path, dataset), path)


def source_digest(dataset: DatasetSettings) -> str:
    """SHA-256 of the file's bytes; for the hub, of the id, configuration, split and the commit they stand at."""
    if dataset.source != "hub":
        return hashlib.sha256(_local_path(dataset).read_bytes()).hexdigest()
    key = ["hub", dataset.id, dataset.config, dataset.split, _hub_commit(dataset)]
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()


def _local_path(dataset: DatasetSettings) -> Path:
    if dataset.source == "embedded":
        return _embedded_path(str(dataset.name))
    path = user_path(str(dataset.path))
    if not is_file(path):
        raise InputError("dataset.path", dataset.path, "no such file; give a jsonl, json, csv, parquet or txt file")
    return path


def _embedded_path(name: str) -> Path:
    path = EMBEDDED / f"{name}.jsonl"
    if path.parent != EMBEDDED or not is_file(path):
        names = ", ".join(sorted(file.stem for file in EMBEDDED.glob("*.jsonl")))
        raise InputError("dataset.name", name, f"no such embedded set; there are: {names or 'none'}")
    return path


def _reading(rows: Iterator[Row], path: Path) -> Iterator[Row]:
    """Whatever a library says about a broken file, as one line."""
    try:
        yield from rows
    except InputError:
        raise
    except Exception as error:  # pandas and pyarrow raise what their parsers and allocators do
        raise InputError("dataset.path", str(path), f"cannot be read ({error}); mend or convert the file") from None


def _jsonl(path: Path, _: DatasetSettings) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _object(_parsed(line, number), f"line {number}", path)


def _parsed(line: str, number: int) -> Any:
    try:
        return parse_json(line)
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from None


def _json(path: Path, dataset: DatasetSettings) -> Iterator[Row]:
    values = parse_json(path.read_text(encoding="utf-8-sig"))
    if not isinstance(values, list):
        raise InputError("dataset.path", str(path), "holds no JSON list; give a list of objects or of texts")
    for number, value in enumerate(values):
        yield {dataset.column: value} if isinstance(value, str) else _object(value, f"entry {number}", path)


def _object(value: Any, where: str, path: Path) -> Row:
    if not isinstance(value, Mapping):
        raise InputError("dataset.path", str(path), f"{where} is not an object; give {{...}} per prompt")
    return value


def _csv(path: Path, _: DatasetSettings) -> Iterator[Row]:
    import pandas as pd

    # Everything is text here: an id 007 must not become 7, nor the prompt "null" a missing value.
    for row in pd.read_csv(path, dtype=str, keep_default_na=False).to_dict("records"):
        yield {str(column): value for column, value in row.items()}


def _parquet(path: Path, _: DatasetSettings) -> Iterator[Row]:
    import pyarrow.parquet as parquet

    for batch in parquet.ParquetFile(path).iter_batches():
        yield from batch.to_pylist()


def _txt(path: Path, dataset: DatasetSettings) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as lines:
        for line in lines:
            if line.strip():
                yield {dataset.column: line.rstrip("\r\n")}


_READERS: Mapping[str, Callable[[Path, DatasetSettings], Iterator[Row]]] = {
    ".jsonl": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".parquet": _parquet,
    ".txt": _txt,
}


def _hub_rows(dataset: DatasetSettings) -> Iterator[Row]:
    import datasets

    commit = _hub_commit(dataset)
    streaming = dataset.limit is not None and dataset.limit <= STREAM_UP_TO
    try:
        rows = datasets.load_dataset(
            dataset.id, dataset.config, split=dataset.split, revision=commit, streaming=streaming
        )
        yield from islice(rows, dataset.limit)
    except Exception as error:  # the libraries below raise a dozen unrelated types
        raise InputError("dataset.id", dataset.id, f"cannot be loaded ({error}); check config and split") from None


def _hub_commit(dataset: DatasetSettings) -> str:
    try:
        return commit_of("dataset", str(dataset.id), dataset.revision)
    except LookupError as error:
        raise InputError("dataset.id", dataset.id, f"{error}; check id and network") from None
