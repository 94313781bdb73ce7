"""trace: everything that happens to one row, in order."""

from __future__ import annotations

import pytest

from sampler import BacktrackSampler, Cost, Noted, Rewound
from sampler.events import Drew, Finished, Forward
from strategies import AntiSlop
from tests.models import random_bigram

VOCAB = ["a", " b", " cat", "s", ".", "<eos>"]


@pytest.fixture
def sampler():
    strategy = AntiSlop({"cat": 0.5, "b b": 0.5}, ban="soft")
    return BacktrackSampler(random_bigram(VOCAB, 7, {5}), strategy, max_new_tokens=30)


@pytest.mark.parametrize("name", [str(n) for n in range(8)])
def test_a_generation_is_a_fold_over_the_trace(sampler, name):
    want = sampler.generate(["a"], [name])[0]
    events = list(sampler.trace("a", name))
    tokens = []
    for event in events:
        if isinstance(event, Drew):
            assert event.position == len(tokens)
            tokens.append(event.token)
        elif isinstance(event, Rewound):
            del tokens[event.to :]
    assert tuple(tokens) == want.tokens
    assert tuple(event for event in events if isinstance(event, Rewound | Noted)) == want.history
    assert Cost.of(events).as_record() == want.cost.as_record()
    assert [event.reason for event in events if isinstance(event, Finished)] == [want.finish_reason]
    assert isinstance(events[0], Forward)
    assert isinstance(events[-1], Finished)


def test_events_come_before_the_text_is_finished(sampler):
    """Whoever watches a slow model sees the first token when it is drawn, not at the end."""
    events = sampler.trace("a")
    fed = 0
    for event in events:
        fed += isinstance(event, Forward)
        if isinstance(event, Drew):
            break
    assert fed == 1
    assert sampler.backend.slots.acquire() == 1  # slot 0 is still being written in
    events.close()
    assert sampler.backend.slots.acquire() == 0
