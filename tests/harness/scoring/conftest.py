from collections.abc import Callable
from typing import Any

import pytest

from harness.store.records import Sample

COST = {"forwards": 0, "fed": 0, "kept": 0, "drawn": 0, "discarded": 0, "refed": 0, "rewinds": {}}


@pytest.fixture
def sample() -> Callable[..., Sample]:
    """A sample with a text and whatever else the test is about."""

    def build(text: str = "", prompt_id: str = "p", repeat: int = 0, **fields: Any) -> Sample:
        cost = {**COST, **fields.pop("cost", {})}
        defaults = {"tokens": (), "finish_reason": "eos", "logprobs": (), "events": (), "error": None}
        return Sample(prompt_id, repeat, "", text, cost=cost, **{**defaults, **fields})

    return build
