"""Two sets of texts, paired by id: the statistics of a report for texts that other engines made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import InputError
from harness.scoring import Context, Measurement, RatioMeasurement, Scores, measure, summarise
from harness.statistics import Comparison, adjusted, compare
from harness.statistics.multiplicity import PRIMARY
from harness.store.records import Sample


@dataclass(frozen=True)
class Paired:
    """Both sides measured on the ids that both have; the others are only counted. Differences are second − first.

    `comparisons` and `p_adjusted` go by metric, and hold what can be compared: ratios with two shared ids or more.
    """

    shared: int
    only_first: int
    only_second: int
    first: Mapping[str, Measurement]
    second: Mapping[str, Measurement]
    comparisons: Mapping[str, Comparison]
    p_adjusted: Mapping[str, float]

    def as_record(self) -> dict[str, Any]:
        """{"ids": …, "first": scores, "second": scores, "differences": "<scorer>" → "<metric>" → …}."""
        first, second = summarise(self.first), summarise(self.second)
        return {
            "ids": {"shared": self.shared, "only_first": self.only_first, "only_second": self.only_second},
            "first": first,
            "second": second,
            "differences": {
                name: {metric: self._difference(f"{name}.{metric}", first, second) for metric in metrics}
                for name, metrics in first.items()
            },
        }

    def _difference(self, key: str, first: Scores, second: Scores) -> dict[str, Any]:
        name, metric = key.split(".", 1)
        a, b = first[name][metric]["value"], second[name][metric]["value"]
        unit = {"unit": first[name][metric]["unit"]}
        found = self.comparisons.get(key)
        if found is None:
            difference = None if a is None or b is None else b - a
            return {"difference": difference, "ci": None, "p": None, **unit, "reason": self._reason(key)}
        interval = found.interval
        return {
            "difference": found.difference,
            "ci": None if interval is None else [interval.low, interval.high],
            "p": found.p,
            "p_adjusted": self.p_adjusted[key],
            "correction": "holm" if key in PRIMARY else "benjamini_hochberg",
            "d_z": found.d_z,
            "n": found.n,
            **unit,
        }

    def _reason(self, key: str) -> str:
        is_ratio = isinstance(self.first[key], RatioMeasurement)
        return "fewer than two ids carry it in both files" if is_ratio else "a number of the whole set is not resampled"


def pair_texts(first: Sequence[Sample], second: Sequence[Sample], context: Context, scorers: Sequence[str]) -> Paired:
    """Measure and compare. Raise InputError when no id is in both."""
    ids = [{sample.prompt_id for sample in samples} for samples in (first, second)]
    shared = ids[0] & ids[1]
    if not shared:
        raise InputError("--texts", f"{min(ids[0])}, {min(ids[1])}", 'the files share no "id"; pair the rows by id')
    a, b = (
        measure([sample for sample in samples if sample.prompt_id in shared], context, scorers)
        for samples in (first, second)
    )
    comparisons = dict(_comparisons(a, b))
    return Paired(
        shared=len(shared),
        only_first=len(ids[0] - shared),
        only_second=len(ids[1] - shared),
        first=a,
        second=b,
        comparisons=comparisons,
        p_adjusted=adjusted({key: found.p for key, found in comparisons.items()}, PRIMARY),
    )


def _comparisons(
    first: Mapping[str, Measurement], second: Mapping[str, Measurement]
) -> Iterator[tuple[str, Comparison]]:
    for key, control in first.items():
        treated = second[key]
        if isinstance(control, RatioMeasurement) and isinstance(treated, RatioMeasurement):
            found = compare(treated, control)
            if found is not None:
                yield key, found
