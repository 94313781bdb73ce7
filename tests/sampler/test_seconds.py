"""Where the wall time goes: a second is the model's, the strategy's or the sampler's own, and none is two of them."""

from __future__ import annotations

import time

import pytest
import torch

from sampler import Accept, BacktrackSampler, Cost, Rewind, Shape, Strategy
from sampler.backends import ScriptedBackend, TransformersBackend
from sampler.events import Finished, Forward, Worked
from sampler.logits import Arrival
from strategies import AntiSlop
from tests.sampler.families import byte_level_tokenizer, llama

MODEL, SHAPE, STEP = 0.004, 0.001, 0.002  # seconds


class Slow(Strategy[None]):
    """Takes back every third token once, and its time about it."""

    def init(self, prompt):
        return None

    def shape(self, state, view):
        time.sleep(SHAPE)
        return Shape()

    def step(self, state, view):
        time.sleep(STEP)
        if len(view.tokens) % 3 == 0 and view.attempt == 0:
            return None, Rewind(len(view.tokens) - 1, "again")
        return None, Accept(settled=False)


def slow_model():
    def next_logits(prefix):
        time.sleep(MODEL)
        return [0.0, 0.1, 0.2]

    return ScriptedBackend(["a", "b", "c"], next_logits)


@pytest.mark.parametrize("rows", [1, 3])
def test_every_second_is_spent_once_and_by_whoever_took_it(rows):
    """Sleeping takes at least as long as it is told to, so these bounds hold on any machine, however busy.

    Guards: a wait for the model that is booked as drawing, a batch's time counted once for each of its rows.
    """
    began = time.perf_counter()
    done = BacktrackSampler(slow_model(), Slow(), max_new_tokens=6, batch_size=rows).generate(["a"] * rows)
    wall = time.perf_counter() - began
    cost = sum((g.cost for g in done), Cost())
    assert cost.discarded == 2 * rows
    assert cost.seconds >= MODEL * cost.forwards
    assert cost.strategy_seconds >= (SHAPE + STEP) * cost.drawn
    assert cost.outside_seconds >= cost.strategy_seconds
    assert cost.seconds + cost.outside_seconds <= wall


def test_the_cost_is_the_sum_of_what_the_events_say():
    events = list(BacktrackSampler(slow_model(), Slow(), max_new_tokens=4).trace("a"))
    cost = Cost.of(events)
    assert cost.seconds == sum(event.seconds for event in events if isinstance(event, Forward))
    assert [type(event) for event in events[-2:]] == [Worked, Finished]
    assert (cost.outside_seconds, cost.strategy_seconds) == events[-2]


def test_on_a_cpu_nothing_is_waited_for():
    arrival = Arrival(torch.zeros(2, 3))
    arrival.wait()
    assert arrival.waited == 0.0


@pytest.mark.skipif(
    not torch.cuda.is_available(), reason="machine: no CUDA device; elsewhere an answer is there when its call returns"
)
@pytest.mark.parametrize("reads_the_row", [False, True], ids=["drawing waits", "a shape waits"])
def test_on_a_gpu_the_wait_for_the_model_is_the_models(reads_the_row):
    """The device's own clock says how long the model took; the call that starts it returns much earlier.

    Guards: time of the model booked as drawing, or as the strategy's, which is where the numbers are read first.
    """

    class Reads(AntiSlop):
        def shape(self, state, view):
            assert not reads_the_row or float(view.logprobs.max()) <= 0
            return Shape()

    tokenizer = byte_level_tokenizer()
    wide = {"hidden_size": 2_048, "intermediate_size": 8_192, "num_attention_heads": 16, "num_hidden_layers": 8}
    model = llama(tokenizer, torch.float32, **wide).to("cuda")
    backend, spans = TransformersBackend(model, tokenizer), []

    def note(*_):
        spans.append(torch.cuda.current_stream().record_event(torch.cuda.Event(enable_timing=True)))

    hooks = [model.register_forward_pre_hook(note), model.register_forward_hook(note)]
    prompts = ["the end of time " * 12] * 64
    sampler = BacktrackSampler(backend, Reads(["cat"]), max_new_tokens=4, batch_size=64)
    began = time.perf_counter()
    cost = sum((g.cost for g in sampler.generate(prompts)), Cost())
    wall = time.perf_counter() - began
    for hook in hooks:
        hook.remove()
    on_device = sum(start.elapsed_time(end) for start, end in zip(spans[::2], spans[1::2], strict=True)) / 1_000
    assert 0.9 * on_device <= cost.seconds
    assert cost.seconds + cost.outside_seconds <= wall
