"""What is counted as held memory, and that more than the bound would be seen."""

from __future__ import annotations

import torch

from experiments.bench.census import Watching
from experiments.bench.comparisons.memory import cache_law, held_bound, position_bytes, watched
from sampler.row import WINDOW
from strategies import AntiSlop, Plain


def test_storages_count_once_and_whole_and_weights_not_at_all(subject):
    watching = Watching(subject.backend, subject.model, every=1)
    assert watching.count().logits == 0
    rows = torch.zeros((4, subject.vocabulary))
    views = [rows[0], rows[1]]
    assert watching.count().logits == 4 * subject.vocabulary * 4
    del rows, views
    assert watching.count().logits == 0


def test_a_growing_list_of_rows_breaks_the_bound(subject):
    watching = Watching(subject.backend, subject.model, every=1)
    kept = [torch.zeros(subject.vocabulary) for _ in range(2 * (WINDOW + 1) + 1)]
    assert watching.count().logits > held_bound(subject, 2)
    assert len(kept) > WINDOW


def test_a_full_window_is_what_is_held(subject):
    """A strategy that may go back to the start settles nothing."""
    held = watched(subject, AntiSlop(["qqqq zzzz"], rewind_to="start"), rows=2, tokens=90, points=9)
    assert max(one.logits for one in held) == held_bound(subject, 2)
    assert watched(subject, Plain(), rows=2, tokens=90, points=3)[-1].logits < held_bound(subject, 2) / 10


def test_the_cache_holds_keys_and_values_of_all_layers(subject):
    config = subject.model.config
    assert position_bytes(subject.model) == config.num_hidden_layers * 2 * config.hidden_size * 4
    held = watched(subject, Plain(), rows=2, tokens=20, points=2)
    assert held[1].cache == cache_law(held[1].steps, subject, 2)
