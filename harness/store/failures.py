"""Samples that failed, and how many of them a job may have (`fail_on_error`)."""

from __future__ import annotations

from collections.abc import Iterable

from harness.store.records import Sample


def failed(samples: Iterable[Sample]) -> list[Sample]:
    """Those without a text: the model's logits were no distribution, or the strategy raised."""
    return [sample for sample in samples if sample.finish_reason == "error"]


def are_too_many(count: int, selected: int, limit: float | None) -> bool:
    """Whether `count` failed samples of `selected` fail their job.

    `limit` below 1: a share that is reached; from 1 on: a number that is reached; None: never.
    """
    if limit is None or count == 0:
        return False
    return count >= (limit * selected if limit < 1 else limit)
