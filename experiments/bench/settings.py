"""What is measured, how often, and how much of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from experiments.bench.subjects import LABELS, Subject, load
from harness.errors import InputError


@dataclass(frozen=True)
class Sizes:
    """How large each comparison is. Tokens are those of one text."""

    text: int = 200
    many: int = 128  # tokens of each of many rows
    rows: int = 16
    requests: int = 64
    mean_length: int = 64  # of the requests
    long_text: int = 2_000
    longest_text: int = 4_000
    batches: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64)
    lists: tuple[int, ...] = (10, 100, 1_000, 10_000)
    shares: tuple[float, ...] = (0.001, 0.05, 0.1, 0.2, 0.35)  # of words that are banned


QUICK = Sizes(
    text=24, many=12, requests=24, mean_length=8, long_text=160, longest_text=200,
    batches=(1, 4, 16), lists=(10, 1_000, 10_000), shares=(0.001, 0.1, 0.3),
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """One run of the suite. Raises InputError for what cannot be run."""

    models: Sequence[str] = ("2m", "15m", "110m")
    rounds: int = 3
    threads: int | None = None  # torch's, for every model; None: 1 for 2m and 15m, all cores for the others
    sizes: Sizes = Sizes()

    def __post_init__(self) -> None:
        unknown = [label for label in self.models if label not in LABELS]
        if unknown or not self.models:
            raise InputError("models", ",".join(unknown), f"use some of {', '.join(LABELS)}")
        for name in ("rounds", "threads"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(name, value, "it is below 1; use a positive integer")

    def subjects(self, *labels: str) -> Iterator[Subject]:
        """The models, or those of them that are named here, smallest first; torch has the threads of each in turn."""
        for label in LABELS:
            if label in self.models and (not labels or label in labels):
                yield self._ready(label)

    def smallest(self) -> Subject:
        """The model at which everything beside the model weighs most."""
        return self._ready(min(self.models, key=LABELS.index))

    def _ready(self, label: str) -> Subject:
        subject = load(label, self.threads)
        torch.set_num_threads(subject.threads)
        return subject
