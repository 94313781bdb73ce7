"""One row that fails: it ends alone, says where and why, and leaves nothing behind that spoils another."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files

import pytest
import torch

from sampler import Accept, BacktrackSampler, Shape, Strategy
from sampler.backends import ScriptedBackend, TransformersBackend
from strategies import Plain
from tests.faults.spoilt_model import write_spoilt_model


def embedded_prompts():
    lines = (files("harness") / "data" / "prompts" / "inkling_prompts.jsonl").read_text().splitlines()
    return [json.loads(line)["prompt"] for line in lines]


@pytest.mark.parametrize("word", [" sea", " with"])
def test_nan_in_one_row_reaches_no_row_that_takes_its_place(tmp_path, word):
    """Guards: NaN left in a cache line. Hidden columns meet a weight of 0, 0 x NaN is NaN, and healthy texts fail.

    A common word fails rows of every length, whose lines others of less length are then moved to.
    """
    backend = TransformersBackend.from_pretrained(str(write_spoilt_model(tmp_path / "spoilt", word)), dtype="float64")
    alone, *together = (
        BacktrackSampler(backend, Plain(), max_new_tokens=24, batch_size=size).generate(embedded_prompts())
        for size in (1, 7, 16)
    )
    failed = [text.id for text in alone if text.error]
    assert 0 < len(failed) < len(alone)
    for texts in together:
        assert [text.id for text in texts if text.error] == failed
        assert [text.tokens for text in texts] == [text.tokens for text in alone]
        assert all(text.error.startswith(f"position {len(text.tokens)}: ") for text in texts if text.error)


@dataclass(frozen=True)
class Fragile(Strategy[None]):
    """Raises at one token, before or after its draw."""

    where: str

    def init(self, prompt):
        return None

    def shape(self, state, view):
        if self.where == "shape" and 2 in view.tokens[-1:]:
            raise KeyError("c")
        return Shape()

    def step(self, state, view):
        if self.where == "step" and view.tokens[-1] == 2:
            raise KeyError("c")
        return None, Accept(settled=True)


def sampler(where, size=3, **settings):
    backend = ScriptedBackend(["a", "b", "c"], lambda prefix: [1.0, 1.0, -2.0 + 0.1 * (len(prefix) % 3)])
    return BacktrackSampler(backend, Fragile(where), max_new_tokens=10, batch_size=size, **settings)


@pytest.mark.parametrize("where", ["shape", "step"])
def test_a_strategy_that_raises_ends_its_own_row_where_that_is_asked_for(where):
    prompts = ["a", "b", "ab", "ba"] * 3
    texts = sampler(where, on_error="record").generate(prompts)
    failed = [text for text in texts if text.error]
    assert 0 < len(failed) < len(texts)
    for text in failed:
        assert text.finish_reason == "error"
        assert text.error == f"position {len(text.tokens)}: KeyError: 'c'"
        assert text.tokens[-1] == 2
        assert len(text.tokens) == text.cost.kept == text.cost.drawn - text.cost.discarded
    alone = sampler(where, size=1, on_error="record").generate(prompts)
    assert [(text.tokens, text.error) for text in alone] == [(text.tokens, text.error) for text in texts]


@pytest.mark.parametrize("where", ["shape", "step"])
def test_without_it_the_exception_is_the_callers(where):
    """Whoever writes a strategy wants its traceback, and the next call its slots."""
    mine = sampler(where)
    with pytest.raises(KeyError, match="c"):
        mine.generate(["a", "b", "ab", "ba"] * 3)
    assert mine.backend.slots.acquire() == 0


@dataclass(frozen=True)
class Handed(Strategy[int]):
    """Counts the texts of a prompt; raises before the first token of text `broken`, or on the way to it."""

    broken: int
    where: str
    number: int = 0

    def init(self, prompt):
        if self.where == "init" and self.number == self.broken:
            raise KeyError("c")
        return self.number

    def step(self, state, view):
        return state, Accept(settled=True)

    def after(self, first):
        if self.where == "after" and self.number + 1 == self.broken:
            raise KeyError("c")
        return Handed(self.broken, self.where, first + 1)


@pytest.mark.parametrize("where", ["init", "after"])
@pytest.mark.parametrize("broken", [0, 1, 2])
def test_a_strategy_that_raises_before_a_text_ends_that_prompts_texts(where, broken):
    """Texts before it stand, and so do other prompts'; those behind it have nothing to learn from."""
    backend = ScriptedBackend(["a", "b", "c"], lambda prefix: [1.0, 1.0, 0.0])
    mine = BacktrackSampler(backend, Handed(broken, where), max_new_tokens=4, batch_size=2, on_error="record")
    texts = mine.generate(["a", "a", "a", "b"], ids=["1", "2", "3", "4"], units=["x", "x", "x", "y"])
    failed = broken if (where, broken) != ("after", 0) else 3  # nothing comes before the first text
    assert [text.error for text in texts[:failed]] == [None] * failed
    assert [text.error for text in texts[failed:3]] == ["position 0: KeyError: 'c'"] * (3 - failed)
    assert bool(texts[3].error) == ((where, broken) == ("init", 0))
    assert all(len(text.tokens) == (0 if text.error else 4) for text in texts)
    with pytest.raises(KeyError):
        BacktrackSampler(backend, Handed(1, where), max_new_tokens=4).generate(["a"] * 2, units=["x", "x"])


class Misshapen(Strategy[None]):
    """Bends the fourth draw of texts that begin with "b" by something that fits no vocabulary."""

    def __init__(self, shape):
        self._shape = shape

    def init(self, prompt):
        return None

    def shape(self, state, view):
        return self._shape if len(view.tokens) == 3 and view.tokens[0] == 1 else Shape()

    def step(self, state, view):
        return None, Accept(settled=True)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (Shape(row=torch.zeros(2)), "Shape.row: its shape is (2,); the vocabulary has 3 tokens"),
        (Shape(bias={3: 1.0}), "Shape.bias: token 3 is outside the vocabulary, 0..2"),
        (Shape(bias={0: 1.0, -1: 1.0}), "Shape.bias: token -1 is outside the vocabulary, 0..2"),
    ],
)
def test_an_answer_that_fits_no_vocabulary_ends_the_row_it_was_given_for(shape, said):
    """Guards: an index error of the whole batch; on a GPU, of the whole process."""
    backend = ScriptedBackend(["a", "b", "c"], lambda prefix: [1.0, 1.0, 0.0])
    mine = BacktrackSampler(backend, Misshapen(shape), max_new_tokens=6, on_error="record")
    texts = mine.generate(["a", "b", "c"] * 4)
    begun = [text.tokens[0] == 1 for text in texts]
    assert 0 < sum(begun) < len(begun)
    assert [text.error for text in texts] == [f"position 3: ContractError: {said}" if b else None for b in begun]


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match=r"on_error: 'ignore' is unknown; use one of raise, record"):
        sampler("step", on_error="ignore")
