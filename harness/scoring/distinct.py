"""distinct-n of a set of texts, and what it is without each prompt."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence

from harness.scoring.measurement import SetMeasurement
from harness.scoring.ngrams import ngrams
from harness.store.records import Sample

# distinct-n falls with length, so every text is cut to this many words and shorter ones are left out.
DISTINCT_WORDS = 50

Gram = tuple[Hashable, ...]


def distinct(texts: Sequence[Sample], worded: Sequence[list[str]], n: int) -> SetMeasurement:
    """Distinct share of all n-grams (Li et al. 2016) of the texts' first words, with its jackknife over prompts."""
    cut = [
        (sample.prompt_id, found[:DISTINCT_WORDS])
        for sample, found in zip(texts, worded, strict=True)
        if len(found) >= DISTINCT_WORDS
    ]
    by_prompt: dict[str, Counter[Gram]] = {}
    for prompt_id, found in cut:
        by_prompt.setdefault(prompt_id, Counter()).update(ngrams(found, n))
    grams = sum((counts.total() for counts in by_prompt.values()), 0)
    types = Counter(gram for counts in by_prompt.values() for gram in counts)
    return SetMeasurement(
        name=f"distinct_{n}",
        unit=f"distinct share of {n}-grams",
        better="higher",
        value=len(types) / grams if grams else None,
        n=len(cut),
        reason=None if grams else f"no text has {DISTINCT_WORDS} words",
        leave_one_out=tuple(_without_each(by_prompt, types, grams)) if len(by_prompt) > 1 else (),
    )


def _without_each(by_prompt: Mapping[str, Counter[Gram]], types: Counter[Gram], grams: int) -> Iterator[float]:
    """`types`: n-gram → how many prompts have it. With a prompt go the n-grams that no other has."""
    for _, counts in sorted(by_prompt.items()):
        its_own = sum(types[gram] == 1 for gram in counts)
        yield (len(types) - its_own) / (grams - counts.total())
