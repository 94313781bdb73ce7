"""A law's numbers as `law.json` holds them, and back. JSON has no infinity: it is the text "inf"."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from harness.oracle.fidelity import Fidelity
from harness.store.records import SCHEMA
from harness.typed import build


def as_record(found: Fidelity) -> dict[str, Any]:
    return {"schema": SCHEMA, **{name: "inf" if value == math.inf else value for name, value in asdict(found).items()}}


def from_record(record: Mapping[str, Any]) -> Fidelity:
    """Raise InputError for a record of other fields."""
    numbers: dict[str, Any] = {name: value for name, value in record.items() if name != "schema"}
    numbers.update({name: math.inf for name, value in numbers.items() if value == "inf"})
    return build(Fidelity, numbers, "law.json")
