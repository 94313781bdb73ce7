"""Which passes a rewind threw away: what the events on disk tell is what the engine did, pass by pass."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import harness
from harness.scoring.waste import FED, HELD, Wasted, fed_and_kept, told_forwards, wasted
from harness.store.records import Sample
from sampler import Accept, BacktrackSampler, Cost, Decoding, Prompt, Rewind, Strategy, View
from sampler.backends import ScriptedBackend, TransformersBackend
from sampler.events import Drew, Event, Finished, Forward, Noted, Rewound
from sampler.row import WINDOW
from strategies import AWRS, CARS, VGB, AntiSlop, Chain, CreativeWriting, HumanGuidance, Rejection, Replace, TokenBan
from strategies.human_guidance import GO_BACK, STOP
from tests.models import EOS, bigram, random_bigram

DATA = Path(harness.__file__).parent / "data"
VOCAB = ["a", "b", " c", "d", ".", EOS]
PHRASES = ["ab", "b c", "da"]
AFTER_A = ["aa", "ab", "a c", "ad", "a."]  # what may follow an a: nothing but the end
STRATEGIES: dict[str, tuple[Strategy, int]] = {
    "hard": (AntiSlop(PHRASES, whole_words=False), 40),
    "to the token": (AntiSlop(PHRASES, whole_words=False, rewind_to="token", ban="none"), 40),
    "boundaries wait for the end": (AntiSlop(["ab", "c", "a"]), 20),
    "beyond the window, to a sentence": (AntiSlop(["dddd"], whole_words=False, rewind_to="sentence"), 250),
    "beyond the window, to the start": (AntiSlop(["bbbb"], whole_words=False, rewind_to="start"), 300),
    "everything banned": (AntiSlop(["a", "b", "c", "d", "."], whole_words=False), 5),
    "dead ends": (Chain(TokenBan(["d"]), AntiSlop(AFTER_A, whole_words=False, rewind_to="token")), 20),
    "stops when exhausted": (AntiSlop(AFTER_A, whole_words=False, rewind_to="token", on_exhausted="stop"), 20),
    "rejection": (Rejection(["ab c"], whole_words=False), 20),
    "replaced": (Replace("ab", "dd", whole_words=False), 30),
    "flat rows": (CreativeWriting(top_p_flat=0.9, top_k_threshold_flat=2), 30),
    "cars": (CARS(PHRASES, whole_words=False), 8),
    "awrs": (AWRS(PHRASES, whole_words=False), 12),
    "vgb": (VGB(PHRASES, whole_words=False), 6),
}


def model(seed: int, ends: bool) -> ScriptedBackend:
    if ends:
        return random_bigram(VOCAB, seed, {5})
    rng = random.Random(seed)
    # Sentences of about 60 tokens, one after the other for ever.
    table = [[*(rng.uniform(-1.5, 0.0) for _ in VOCAB[:-2]), -5.0, -math.inf] for _ in VOCAB]
    return ScriptedBackend(VOCAB, lambda prefix: table[prefix[-1]], {5})


def truth(events: Iterable[Event]) -> tuple[list[Wasted], int]:
    """Each rewind's passes, and the kept tokens that were fed, as the engine's own events show them."""
    found: list[Wasted] = []
    fed: list[bool] = []  # of the tokens that stand
    for event in events:
        match event:
            case Drew():
                fed.append(False)
            case Forward(forwards=forwards, refed=refed):
                assert forwards == 1
                if refed:
                    assert all(fed)
                    found[-1] = replace(found[-1], repeated=found[-1].repeated + 1)
                fed = [True] * len(fed)
            case Rewound(at=at, to=to, why=why):
                assert at == len(fed)
                found.append(Wasted(why, at - to, sum(fed[to:]), 0))
                del fed[to:]
            case _:
                pass
    return found, sum(fed)


def on_disk(events: Sequence[Event]) -> Sample:
    """The text as the runner writes it: rewinds and notes, but neither draws nor passes."""
    ended = next(event for event in events if isinstance(event, Finished))
    record = [event.as_record() for event in events if isinstance(event, Rewound | Noted)]
    return Sample("p", 0, "", "", (), ended.reason, (), Cost.of(events).as_record(), record)


def traces(name: str) -> Iterator[list[Event]]:
    """Twelve texts: with and without an end of their own, a tight budget, a stop string."""
    strategy, length = STRATEGIES[name]
    for seed in range(12):
        draws = [None, 3 * length, length + 5][seed % 3]
        stop = ("d.",) if seed % 4 == 3 else ()
        sampler = BacktrackSampler(
            model(seed, ends=bool(seed % 2)), strategy, max_new_tokens=length, max_draws=draws, stop=stop, seed=seed
        )
        yield list(sampler.trace("."))


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_pass_is_told_from_the_events(name: str) -> None:
    """A pass too many or too few for one rewind is a phrase that costs more or less than it did."""
    rewinds = 0
    for events in traces(name):
        sample = on_disk(events)
        passes, kept = truth(events)
        assert wasted(sample.events) == passes
        assert fed_and_kept(sample) == kept
        assert told_forwards(sample) == sample.cost["forwards"]
        rewinds += len(passes)
    assert rewinds


def test_the_cases_reach_what_is_rare() -> None:
    """Repeated passes, rewinds without a draw, ends without a draw: rules that know none of these would pass above."""
    repeated = undrawn = ready = 0
    for events in (events for name in STRATEGIES for events in traces(name)):
        passes, kept = truth(events)
        repeated += sum(one.repeated for one in passes)
        undrawn += sum(one.discarded == one.tokens > 0 for one in passes)
        ready += kept == Cost.of(events).kept > 0
    assert min(repeated, undrawn, ready) > 0


def test_a_model_s_cost_is_told_too() -> None:
    """fed = prompt + kept_fed + discarded_fed + refed, with every term but the prompt's from the events."""
    backend = TransformersBackend.from_pretrained(str(DATA / "inkling_2m"), dtype="float64")
    phrases = (DATA / "phrases" / "inkling_banned.txt").read_text().splitlines()
    sampler = BacktrackSampler(backend, AntiSlop(phrases, ban="tilt", strength=0.1), max_new_tokens=80, batch_size=4)
    prompts = ["Once", "The old man", "She said", "In the village"]
    rewinds = 0
    for prompt, out in zip(prompts, sampler.generate(prompts), strict=True):
        record = [event.as_record() for event in out.history]
        sample = Sample("p", 0, "", "", (), out.finish_reason, (), out.cost.as_record(), record)
        passes = wasted(record)
        discarded = sum(one.discarded for one in passes)
        n_prompt = len(backend.vocab.prompt(prompt).tokens)
        assert out.cost.fed == n_prompt + fed_and_kept(sample) + discarded + out.cost.refed
        assert out.cost.forwards == told_forwards(sample)
        assert out.cost.discarded == sum(one.tokens for one in passes)
        rewinds += len(passes)
    assert rewinds


class Back(Strategy[bool]):
    """At 80 tokens goes back by `depth`, once."""

    def __init__(self, depth: int) -> None:
        self.depth = depth

    def init(self, prompt: Prompt) -> bool:
        return False

    def step(self, state: bool, view: View) -> tuple[bool, Accept | Rewind]:
        if len(view.tokens) == 80 and not state:
            return True, Rewind(80 - self.depth, "back")
        return state, Accept(settled=False)


@pytest.mark.parametrize("depth", range(HELD - 2, HELD + 4))
def test_the_first_position_that_is_no_longer_held_costs_one_pass(depth: int) -> None:
    events = list(BacktrackSampler(model(0, False), Back(depth), max_new_tokens=90).trace("."))
    passes, _ = truth(events)
    assert wasted(on_disk(events).events) == passes
    assert [one.repeated for one in passes] == [int(depth > HELD)]


def test_a_prefix_that_is_a_dead_end_from_the_start_had_been_fed() -> None:
    """Behind b comes only a, which is banned by its id: no draw is made there, and b goes back although it was fed."""
    strategy = Chain(TokenBan(["a"]), AntiSlop(["bb"], whole_words=False))
    backend = bigram(["a", "b", "c", EOS], [[0.0, 0.5, 0.5, 0.0], [1.0, 0, 0, 0], [0.0, 0.5, 0.5, 0.0]], {3})
    events = list(BacktrackSampler(backend, strategy, max_new_tokens=12).trace("c"))
    passes, _ = truth(events)
    assert wasted(on_disk(events).events) == passes
    assert {(one.why, one.tokens, one.discarded) for one in passes} == {("exhausted", 1, 1)}


def test_a_person_who_goes_back_stands_before_a_draw() -> None:
    answers = iter([0, 1, 0, GO_BACK, 1, GO_BACK, GO_BACK, 0, 0, STOP])
    strategy = HumanGuidance(ask=lambda menu: next(answers))
    events = list(BacktrackSampler(model(1, False), strategy, Decoding(), max_new_tokens=9).trace("."))
    sample = on_disk(events)
    assert wasted(sample.events) == truth(events)[0]
    assert GO_BACK in FED
    assert {one.why for one in wasted(sample.events)} == {GO_BACK}


def test_as_many_rows_are_held_as_the_engine_holds() -> None:
    """Scoring needs no model, so it cannot import the number."""
    assert HELD == WINDOW
