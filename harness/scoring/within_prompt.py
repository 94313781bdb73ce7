"""How varied the repeats of one prompt are: numbers of a set, of each prompt's own texts, averaged over prompts.

Among all texts, the differences between prompts hide how alike the answers to one prompt are. Here each prompt has a
value of its own, so that prompts can be resampled and arms be paired.
"""

from collections.abc import Callable, Mapping, Sequence

from harness.scoring.context import Context
from harness.scoring.distinct import distinct
from harness.scoring.measurement import Better, Measurement, RatioMeasurement
from harness.scoring.per_prompt import by_prompt, finished
from harness.scoring.registry import scorer
from harness.scoring.self_bleu import self_bleu
from harness.scoring.vendi import vendi
from harness.scoring.words import words
from harness.store.records import Sample

Group = Sequence[Sample]  # the repeats of one prompt


@scorer("within_prompt", optional=True)
def within_prompt(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """Per prompt, among its repeats: self-BLEU, Vendi score, distinct-2. Undefined for fewer than two texts."""
    groups = by_prompt(finished(samples))
    return [
        _mean("self_bleu", "BLEU-4", "lower", groups, _self_bleu, "four words"),
        _mean("vendi", "effective texts", "higher", groups, _vendi, "four characters"),
        _mean("distinct_2", "distinct share of 2-grams", "higher", groups, _distinct_2, "50 words"),
    ]


def _mean(
    name: str,
    unit: str,
    better: Better,
    groups: Mapping[str, Group],
    value: Callable[[Group], float | None],
    length: str,
) -> RatioMeasurement:
    """The mean over prompts: a prompt is one value over 1, or, where it has none, 0 over 0."""
    found = {prompt: value(group) for prompt, group in groups.items()}
    reason = f"no prompt has two texts of {length}; set repeats=2 or more"
    numerator = {prompt: each or 0.0 for prompt, each in found.items()}
    denominator = {prompt: float(each is not None) for prompt, each in found.items()}
    return RatioMeasurement(name, unit, better, numerator, denominator, reason=reason)


def _self_bleu(group: Group) -> float | None:
    return self_bleu({sample.cell: words(sample.text) for sample in group})[0]


def _vendi(group: Group) -> float | None:
    return vendi({sample.cell: sample.text for sample in group})[0]


def _distinct_2(group: Group) -> float | None:
    found = distinct(group, [words(sample.text) for sample in group], 2)
    return found.value if found.n > 1 else None
