"""What one step asks of the device: as many operations for sixteen rows as for two, and one copy back.

On a GPU each operation is a kernel launch of some microseconds, and a copy back waits for all the work before it. Both
are counted on the CPU here, where the same calls are made.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from sampler import Accept, Decoding, Rewind, Shape, Strategy
from sampler.backends import TransformersBackend
from sampler.draw import keyed_draw
from sampler.engine import Engine
from sampler.row import Request
from strategies import AntiSlop, Plain, TokenBan
from tests.sampler.families import byte_level_tokenizer, llama

READS = {"tolist", "item", "cpu", "numpy", "__bool__", "__int__", "__float__", "__index__"}
TRUNCATED = Decoding(temperature=0.7, top_k=40, top_p=0.9, min_p=0.02)


class Operations(TorchDispatchMode):
    """Counts operations, views not among them: these start nothing on a device."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if not func.is_view:
            self.found[str(func)] += 1
        return func(*args, **(kwargs or {}))


class Reads(TorchFunctionMode):
    """Counts calls that bring numbers from the device to Python."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.__name__ in READS:
            self.found[func.__name__] += 1
        return func(*args, **(kwargs or {}))


class Bends(Strategy[None]):
    """Replaces each row of scores, scales it and adds to it."""

    def init(self, prompt):
        return None

    def bind(self, vocab):
        self.row = torch.linspace(0, 1, vocab.size, dtype=torch.float64)
        return self

    def shape(self, state, view):
        return Shape(row=self.row, scale=1.25, bias=dict.fromkeys(view.tokens, -1.0))

    def step(self, state, view):
        return None, Accept(settled=True)


class TakesBack(Strategy[None]):
    """Takes back the third token twice, with a ban that only its row has."""

    def init(self, prompt):
        return None

    def step(self, state, view):
        if len(view.tokens) == 3 and view.attempt < 2:
            return None, Rewind(2, "again", bias={view.tokens[-1]: -2.0})
        return None, Accept(settled=False)


@pytest.fixture(scope="module")
def backend():
    tokenizer = byte_level_tokenizer()
    return TransformersBackend(llama(tokenizer, torch.float32), tokenizer)


def counted(backend, strategy: Strategy[Any], decoding: Decoding, rows: int) -> tuple[Counter[str], Counter[str]]:
    """Operations and reads of the third step, when every row has its place in the cache; prompts are ragged."""
    bound = strategy.bind(backend.vocab)
    with Engine(backend, keyed_draw, rows) as engine:
        for i in range(rows):
            prompt = backend.vocab.prompt("the end of " + "x" * (i == 0))
            engine.admit(Request(f"{i}", prompt, bound, decoding, 12, 100))
        engine.step(), engine.step()
        with Operations() as operations, Reads() as reads:
            engine.step()
    return operations.found, reads.found


@pytest.mark.parametrize(
    ("strategy", "decoding", "rounds"),
    [
        (Plain(), Decoding(), 1),
        (Plain(), TRUNCATED, 1),
        (Plain(), Decoding(temperature=0), 1),
        (AntiSlop(["of the"]), Decoding(), 1),
        (TokenBan(["e"]), Decoding(), 1),
        (Bends(), Decoding(), 1),
        (TakesBack(), TRUNCATED, 3),
    ],
    ids=["plain", "truncated", "greedy", "antislop", "token ban", "bent", "three draws"],
)
def test_a_step_costs_the_device_the_same_for_many_rows(backend, strategy, decoding, rounds):
    """Guards: a kernel for each row, a copy back for each row, and a second copy for what one could have brought."""
    few, read_few = counted(backend, strategy, decoding, 2)
    many, read_many = counted(backend, strategy, decoding, 16)
    assert many == few
    assert read_many == read_few == {"tolist": rounds}
