"""On the real embedded model, in float64: the same texts, events and costs whatever the batch and the order."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from sampler import BacktrackSampler
from sampler.backends import TransformersBackend
from strategies import AntiSlop, Plain

DATA = Path(__file__).resolve().parents[2] / "harness" / "data"
ITEMS = [json.loads(line) for line in (DATA / "prompts" / "inkling_prompts.jsonl").open()][:18]
BANNED = [
    line for line in (DATA / "phrases" / "inkling_banned.txt").read_text().splitlines() if line[:1] not in ("", "#")
]


@pytest.fixture(scope="module")
def backend():
    return TransformersBackend.from_pretrained(str(DATA / "inkling_2m"), dtype="float64")


def write(backend, strategy, items, batch_size):
    sampler = BacktrackSampler(backend, strategy, max_new_tokens=60, batch_size=batch_size)
    done = sampler.generate([item["prompt"] for item in items], [item["id"] for item in items])
    # log-probs move in the 15th digit with the batch; what is promised is the text and everything on disk
    return {g.id: (g.text, g.tokens, g.finish_reason, records(g), g.cost.as_record()) for g in done}


def records(generation):
    return [event.as_record() for event in generation.history]


@pytest.fixture(scope="module")
def row_by_row(backend):
    return write(backend, AntiSlop(BANNED), ITEMS, batch_size=1)


@pytest.mark.parametrize("batch_size", [3, 16])
def test_ragged_batches_equal_row_by_row_runs(backend, row_by_row, batch_size):
    shuffled = random.Random(batch_size).sample(ITEMS, len(ITEMS))
    assert write(backend, AntiSlop(BANNED), shuffled, batch_size) == row_by_row
    assert sum(len(history) for _, _, _, history, _ in row_by_row.values()) > 5


def test_rows_without_a_rewind_are_plain_token_for_token(backend, row_by_row):
    plain = write(backend, Plain(), ITEMS, batch_size=16)
    untouched = [name for name, (_, _, _, history, _) in row_by_row.items() if not history]
    assert untouched
    assert [plain[name][:3] for name in untouched] == [row_by_row[name][:3] for name in untouched]


def test_no_text_holds_a_phrase_and_no_rewind_costs_a_forward(row_by_row):
    for text, tokens, _, _, cost in row_by_row.values():
        assert not any(f" {phrase.lower()} " in f" {text.lower()} " for phrase in BANNED)
        assert (cost["kept"], cost["refed"]) == (len(tokens), 0)
        assert cost["drawn"] == cost["kept"] + cost["discarded"]
