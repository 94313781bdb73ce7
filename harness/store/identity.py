"""What makes two jobs the same: everything that decides the law and the draws of a text, and nothing else.

Device, batch size, paths, `limit` and `repeats` are left out: the first three do not change what is asked for, the
last two only select cells of the same job.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from harness.store.records import SCHEMA

# Raise it when equal settings and seeds may give other texts than before: old samples are then not continued.
ENGINE = 1

DIGITS = 16  # 64 bits: among a million jobs, the chance of any two sharing a name is 3e-8


def canonical(value: object) -> str:
    """One spelling for equal values: sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def job_id(meaning: Mapping[str, Any]) -> str:
    """Name of the job that `meaning` (plain data) describes."""
    return _digest({"schema": SCHEMA, "engine": ENGINE, **meaning})


def sweep_id(job_ids: Iterable[str]) -> str:
    """Name of a set of jobs, in whatever order."""
    return _digest(sorted(set(job_ids)))


def _digest(value: object) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:DIGITS]
