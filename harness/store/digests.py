"""SHA-256 of files. Weights of many gigabytes are read once: their digest is remembered by path, size and time."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from filelock import FileLock

from harness.store.records import write_json

# Reading this much takes well under a second; below it, remembering costs more than it saves.
REMEMBER_FROM = 256 * 2**20


def digest_text(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def digest_file(path: Path) -> str:
    """SHA-256 of the content. Raise OSError when it cannot be read."""
    stat = path.stat()
    return _digest(path.resolve(), stat.st_size, stat.st_mtime_ns)


def digest_files(paths: Iterable[Path]) -> str:
    """One digest of several files, by name and content, in any order."""
    return digest_text(json.dumps(sorted((path.name, digest_file(path)) for path in paths)))


@cache
def _digest(path: Path, size: int, mtime: int) -> str:
    return _remembered(path, f"{path}:{size}:{mtime}") if size >= REMEMBER_FROM else _read(path)


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remembered(path: Path, key: str) -> str:
    store = _store()
    store.parent.mkdir(parents=True, exist_ok=True)
    known = _known(store)
    if key not in known:
        digest = _read(path)
        with FileLock(f"{store}.lock"):
            known = {**_known(store), key: digest}
            write_json(store, known)
    return known[key]


def _known(store: Path) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads(store.read_bytes())
    except (OSError, ValueError):  # none yet, or spoilt: it is only a memory, so it is made again
        return {}
    return known


def _store() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "backtrack-harness" / "digests.json"
