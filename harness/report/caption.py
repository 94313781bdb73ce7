"""The sentences under the table: what was measured on what, how the intervals and the stars came about."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report.numbers import Numbers
from harness.report.sweep_data import SweepData
from harness.scoring.registry import ASKED
from harness.statistics import Comparison
from harness.statistics.effect import POWER, detectable_d_z
from harness.statistics.equivalence import LEVEL as EQUIVALENCE_LEVEL
from harness.statistics.interval import LEVEL
from harness.statistics.multiplicity import ALPHA
from harness.statistics.resampling import EXACT_PROMPTS, RESAMPLES


def caption(sweep: SweepData, numbers: Numbers, warnings: Sequence[str] = ()) -> str:
    """Plain text, one paragraph; `warnings` are sentences about rows that need one."""
    beginning = [_what(sweep), *_across(sweep), *_embedded(sweep), *warnings]
    return " ".join([*beginning, _intervals(), *_comparisons(sweep, numbers), _cost()])


def _what(sweep: SweepData) -> str:
    prompts = sorted({len({sample.prompt_id for sample in job.samples}) for job in sweep.done}) or [0]
    texts = sorted({len(job.samples) for job in sweep.done}) or [0]
    named = {"banned list": sweep.phrases, "regexes": sweep.regexes, "held-out list": sweep.heldout}
    lists = [f"{what} {used.name} ({len(used.entries)} entries)" for what, used in named.items() if used.entries]
    return (
        f"{_which(sweep)}: {_span(prompts)} prompts and {_span(texts)} texts a row; {', '.join(lists) or 'no lists'}."
    )


def _which(sweep: SweepData) -> str:
    if not sweep.sources:
        return f"Experiment {sweep.experiment}, sweep {sweep.sweep_id}"
    named = (f"{source.letter} ({source.sweep.experiment}, {source.sweep.sweep_id})" for source in sweep.sources)
    return f"Sweeps {', '.join(named)}; rows without a letter are of {sweep.sources[0].letter}"


def _across(sweep: SweepData) -> list[str]:
    if not sweep.sources:
        return []
    return [
        "An arm is compared with Plain of its own sweep, or else of another, and only where model, weights, decoding, "
        "seed, prompts and lists agree; speeds are compared within a sweep. Jobs that an earlier sweep has too, with "
        "the same texts, stand there only."
    ]


def _embedded(sweep: SweepData) -> list[str]:
    models = sorted({job.model for job in sweep.done if job.embedded})
    if not models:
        return []
    what = "a model" if len(models) == 1 else "models"
    return [f"The numbers of {' and '.join(models)}, {what} embedded for demonstration, illustrate the method only."]


def _span(counts: list[int]) -> str:
    return str(counts[0]) if counts[0] == counts[-1] else f"{counts[0]} to {counts[-1]}"


def _intervals() -> str:
    return (
        f"Brackets: {LEVEL:.0%} bootstrap intervals over prompts ({RESAMPLES:,} resamples; BCa, percentile where BCa "
        'is undefined); ratios are resampled as ratios. Where nothing was seen in N words, tokens or texts, "0 of N" '
        "stands with the bound of the rule of three. Numbers of the whole set are never resampled; "
        "distinct-2 has an interval by the jackknife. n: prompts; a cell that rests on fewer says so."
    )


def _comparisons(sweep: SweepData, numbers: Numbers) -> list[str]:
    if not numbers.compared:
        return ["No arm has a Plain arm with the same model and decoding, so nothing is compared."]
    family = sum(compared.correction == "holm" for compared in numbers.compared.values())
    paired = (
        f"*: differs from Plain (p below {ALPHA}; paired by prompt; permutation of arms, exact up to {EXACT_PROMPTS} "
        f"prompts, else {RESAMPLES:,} draws; Holm over this sweep's {family} comparisons in primary metrics)."
    )
    return [
        paired,
        *_unread(sweep, numbers),
        *_resolution(family),
        *_detectable(sweep, numbers),
        *_equivalence(sweep, numbers),
    ]


def _unread(sweep: SweepData, numbers: Numbers) -> list[str]:
    """Primary metrics that wait for a reference model: until it has read the texts the family is smaller."""
    compared = {metric for _, metric in numbers.compared}
    waiting = [metric for metric in sweep.primary if metric.startswith(f"{ASKED}.") and metric not in compared]
    if not waiting:
        return []
    return [
        f"Declared as primary, but not measured yet: {', '.join(waiting)} "
        "(python -m harness.score RUN_FOLDER --reference MODEL for every arm, then python -m harness.report)."
    ]


def _resolution(family: int) -> list[str]:
    """A warning where no p-value can be small enough to survive the correction."""
    smallest = family / (RESAMPLES + 1)
    if smallest < ALPHA:
        return []
    return [f"With so many comparisons {RESAMPLES:,} draws can give no corrected p-value below {smallest:.2g}."]


def _detectable(sweep: SweepData, numbers: Numbers) -> list[str]:
    """What could have been found: in standard deviations, and per primary metric at its largest spread."""
    units = {metric: found.unit for job in sweep.done for metric, found in job.measurements.items()}
    largest: dict[str, Comparison] = {}
    for (_, metric), compared in numbers.compared.items():
        comparison, known = compared.comparison, largest.get(metric)
        if metric in sweep.primary and (known is None or comparison.detectable > known.detectable):
            largest[metric] = comparison
    if not largest:
        return []
    fewest = min(comparison.n for comparison in largest.values())
    amounts = [f"{metric} {comparison.detectable:.2g} {units[metric]}" for metric, comparison in largest.items()]
    return [
        f"Detectable with {POWER:.0%} power at p below {ALPHA} before correction: d_z of {detectable_d_z(fewest):.2f} "
        f"(2.80/√n, n = {fewest}); at the largest spread seen, {'; '.join(amounts)}."
    ]


def _equivalence(sweep: SweepData, numbers: Numbers) -> list[str]:
    """The margins that a comparison was held against."""
    asked = {metric for (_, metric), compared in numbers.compared.items() if compared.comparison.equivalence}
    units = {metric: found.unit for job in sweep.done for metric, found in job.measurements.items()}
    margins = [f"{metric} ±{margin:g} {units[metric]}" for metric, margin in sweep.margins.items() if metric in asked]
    if not margins:
        return []
    return [
        f"Equivalence to Plain up to margins stated before looking ({'; '.join(margins)}): shown where the "
        f"{EQUIVALENCE_LEVEL:.0%} interval of the difference lies within the margin (two one-sided tests at 5%), lower "
        "or higher where it lies beyond, else not shown."
    ]


def _cost() -> str:
    return (
        "Log-prob/token: mean natural-log probability of the kept tokens under the unmodified model at temperature 1; "
        "neither higher nor lower is better, the distance to Plain is what was paid. tok/s ratio: median over timed "
        "segments divided by Plain's median, with the slowest and the fastest segment."
    )
