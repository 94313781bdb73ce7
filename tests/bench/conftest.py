from __future__ import annotations

import pytest
import torch

from experiments.bench.subjects import load


@pytest.fixture(scope="package")
def subject():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield load("2m")
    torch.set_num_threads(threads)


@pytest.fixture
def greedy_multinomial(monkeypatch):
    """Loops that draw with torch.multinomial take the likeliest token, so that their texts can be told."""
    monkeypatch.setattr(torch, "multinomial", lambda probs, num_samples: probs.argmax(-1, keepdim=True))
