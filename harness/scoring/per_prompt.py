"""Sums over the repeats of a prompt: the bridge from samples to ratio measurements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from harness.store.records import Sample

Sums = Mapping[str, float]


def finished(samples: Sequence[Sample]) -> list[Sample]:
    """Samples that have a text. A sample that failed has none; the guards count it."""
    return [sample for sample in samples if sample.finish_reason != "error"]


def by_prompt(samples: Sequence[Sample]) -> Mapping[str, list[Sample]]:
    """Prompt id → its samples, in order."""
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[sample.prompt_id].append(sample)
    return dict(groups)


def summed(samples: Sequence[Sample], values: Iterable[float]) -> Sums:
    """Prompt id → Σ of the values (one per sample, in order) over the prompt's samples."""
    totals: dict[str, float] = defaultdict(float)
    for sample, value in zip(samples, values, strict=True):
        totals[sample.prompt_id] += float(value)
    return dict(totals)


def mean_of_defined(samples: Sequence[Sample], values: Sequence[float | None]) -> tuple[Sums, Sums]:
    """Numerators and denominators of the mean over the samples whose value is defined."""
    defined = [value is not None for value in values]
    return summed(samples, [value or 0.0 for value in values]), summed(samples, defined)
