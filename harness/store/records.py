"""What a run leaves on disk: samples as JSON lines, small files replaced in one step, the layout of a job's folder.

The run folder is the source of truth; everything else (scores, report, MLflow) is rebuilt from it.
"""

from __future__ import annotations

import fcntl
import glob
import json
import math
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple

from harness.parsing import parse_json
from harness.store.sample_record import check_sample

SCHEMA = 1
RANDOM = "?" * 8  # what `mkstemp` ends a name with; an editor's swap file is shorter


class Cell(NamedTuple):
    """One text to be written: the `repeat`-th continuation of a prompt."""

    prompt_id: str
    repeat: int

    def __str__(self) -> str:
        return f"{self.prompt_id}#{self.repeat}"


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of `samples.jsonl`; the fields are the keys, in this order."""

    prompt_id: str
    repeat: int
    prompt: str
    text: str
    tokens: Sequence[int]
    finish_reason: str
    logprobs: Sequence[float | None]
    cost: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]
    error: str | None = None

    @property
    def cell(self) -> Cell:
        return Cell(self.prompt_id, self.repeat)

    def as_line(self) -> bytes:
        """One JSON object and a newline, UTF-8. Numbers that JSON cannot say (NaN, infinities) become null."""
        record = {field.name: getattr(self, field.name) for field in fields(self)}
        record["logprobs"] = [x if x is not None and math.isfinite(x) else None for x in self.logprobs]
        # A lone surrogate in a model's text has no UTF-8 form: "backslashreplace" gives its JSON escape.
        text = json.dumps(record, ensure_ascii=False, allow_nan=False, default=list)
        return text.encode("utf-8", "backslashreplace") + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Sample:
        """Raise ValueError when the line is not a whole record."""
        record = parse_json(line)
        if not isinstance(record, dict):
            raise ValueError(f"a sample is a JSON object, not {type(record).__name__}")
        check_sample(record)
        try:
            return cls(**record)
        except TypeError as error:
            raise ValueError(f"not a sample: {error}") from None


def read_samples(path: Path) -> list[Sample]:
    """The whole records of a `samples.jsonl`, in file order; a torn last line (a killed writer's) is left out.

    Raise ValueError, naming file and line, for a line that is broken anywhere else.
    """
    return list(_whole_records(path, path.read_bytes())) if path.exists() else []


def _whole_records(path: Path, data: bytes) -> Iterator[Sample]:
    lines = data.split(b"\n")
    for number, line in enumerate(lines[:-1], start=1):
        try:
            yield Sample.from_line(line)
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}; delete that line to have it generated again") from None


class SampleLog:
    """Appends samples to a file, each with one write of a full line, so that a kill can tear only the last one."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        cut_torn_tail(path)
        self._file = path.open("ab", buffering=0)

    def append(self, sample: Sample) -> None:
        """Raise OSError when the disk is full; then the file ends with the last whole line, as before."""
        line, end = sample.as_line(), os.fstat(self._file.fileno()).st_size
        try:
            _write_whole(self._file, line)
        except OSError:
            os.ftruncate(self._file.fileno(), end)
            raise

    def sync(self) -> None:
        """Wait until the disk has it. A killed process loses nothing without this; a power cut would."""
        os.fsync(self._file.fileno())

    def __enter__(self) -> SampleLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.sync()
        self._file.close()


def _write_whole(file: FileIO, data: bytes) -> None:
    """A disk that fills up takes a part first, and refuses only the rest."""
    written = file.write(data)
    while written < len(data):
        written += file.write(data[written:])


def cut_torn_tail(path: Path) -> None:
    """Drop what follows the last newline, so that the next line starts on its own."""
    if not path.exists():
        return
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)


def write_samples(path: Path, samples: Iterable[Sample]) -> None:
    write_atomic(path, b"".join(sample.as_line() for sample in samples))


def write_atomic(path: Path, data: bytes | str) -> None:
    """Replace the file in one step: a reader sees the old bytes or the new ones, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = _temporary(path)
    with os.fdopen(handle, "wb") as file:
        try:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)  # it has its place already where the interruption came just after
            raise


def write_files(folder: Path, files: Mapping[str, bytes | str]) -> None:
    """Each by `write_atomic`, in order, after what killed writers of these names have left there is removed."""
    remove_leftovers(folder / name for name in files)
    for name, content in files.items():
        write_atomic(folder / name, content)


def _temporary(path: Path) -> tuple[int, str]:
    """A new file beside `path`, open and locked: the lock says that its writer lives, and dies with it."""
    while True:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.path.exists(name):
            return handle, name
        os.close(handle)  # taken for a leftover before it was locked


def stamp(path: Path) -> tuple[int, int] | None:
    """Another one whenever `write_atomic` has replaced the file; None while it is not there."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns


def remove_leftovers(files: Iterable[Path]) -> None:
    """Remove what writers killed within `write_atomic` left beside these files; what a living one is writing stays."""
    for path in files:
        for leftover in path.parent.glob(f".{glob.escape(path.name)}.{RANDOM}"):
            with suppress(OSError), leftover.open("rb") as file:  # gone meanwhile, or locked by its writer
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                leftover.unlink()


def write_json(path: Path, value: object) -> None:
    """Write readable JSON in one step; NaN and infinities are refused (ValueError)."""
    write_atomic(path, json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
