"""Which version of its own files this program reads. Decided here once; every reader asks.

A file says its version under `schema`: sweep.json, provenance.json, law.json, reference.json, judge.json, a profile.
The other files of a run folder (samples.jsonl, status.json, timing.json, scores.json, config.yaml) are of the version
that the provenance.json beside them says: it is written before the first sample, and a sample's line has no room for
what is the same in all. A folder without one says nothing, and is read as version 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.parsing import read_json
from harness.store.records import SCHEMA

READ = (1,)  # every version that was ever released; tests/schema holds a folder of each
assert SCHEMA in READ
AGAIN = "have it written again by its command"


def read_record(path: Path, remedy: str = AGAIN) -> dict[str, Any]:
    """The object in a file that says its own version.

    Raise InputError for a version that is not read; ValueError, naming the file, when it is no JSON object.
    """
    record = read_json(path)
    if not isinstance(record, dict):
        raise ValueError(f"{path}: holds a JSON {type(record).__name__}, not an object; it is none of this program's")
    check_version(record, path, remedy)
    return record


def check_run(folder: Path) -> None:
    """Raise InputError for a run folder of a version that is not read, ValueError for a broken provenance.json."""
    path = folder / "provenance.json"
    if path.is_file():
        try:
            read_record(path)
        except InputError:
            raise
        except ValueError as error:
            raise ValueError(f"{error}; delete it: only what made the texts on disk is lost") from None


def check_version(record: Mapping[str, Any], path: Path, remedy: str = AGAIN) -> None:
    """Raise InputError unless the record is of a version that this program reads; `remedy`: what else mends it."""
    version = record.get("schema")
    if type(version) is int and version in READ:
        return
    reads = f"this program reads {', '.join(map(str, READ))}"
    if type(version) is int and version > max(READ):
        raise InputError(
            path.name, str(path), f"is of schema {version}, {reads}; read it with the newer one that wrote it"
        )
    raise InputError(path.name, str(path), f"says schema {version!r}, {reads}; {remedy}")
