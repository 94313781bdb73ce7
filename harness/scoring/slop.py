"""How often a text says what it should not: hits on the banned lists, and on a list the sampler never saw.

Suppression of the banned list alone is total by construction, so the held-out list stands beside it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from harness.inputs.regexes import load_regexes
from harness.scoring.context import Context
from harness.scoring.measurement import Measurement, RatioMeasurement, SetMeasurement
from harness.scoring.per_prompt import finished, summed
from harness.scoring.phrase_counter import Hit, phrase_counter
from harness.scoring.rates import per_1k_chars, per_1k_words
from harness.scoring.regex_counter import regex_counter
from harness.scoring.registry import scorer
from harness.store.records import Sample

Find = Callable[[str], Iterable[Hit]]  # the hits of a list in a text


@scorer("slop")
def slop(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """Hits per 1,000 words (banned, held-out, regexes), per 1,000 characters, share of texts with a hit; "not X but Y".

    A list that is not given leaves its metrics out.
    """
    texts = finished(samples)
    measured: list[Measurement] = []
    if context.phrases:
        measured += _banned(texts, _hits(texts, phrase_counter(context.phrases).hits))
    if context.heldout:
        hits = _hits(texts, phrase_counter(context.heldout).hits)
        measured.append(per_1k_words("heldout_hits_per_1k_words", texts, hits))
    if context.regexes:
        measured.append(_regexes(texts, regex_counter(context.regexes).hits))
    return measured + _contrast(texts)


def banned_rate(texts: Sequence[Sample], entries: tuple[str, ...]) -> RatioMeasurement:
    """`hits_per_1k_words` of a list alone, of texts that finished."""
    return _banned_rate(texts, _hits(texts, phrase_counter(entries).hits))


def hit_counts(samples: Sequence[Sample], find: Find) -> Counter[str]:
    """Entry → hits over all texts, most frequent first; entries without a hit are left out."""
    counts = Counter(hit.entry for sample in finished(samples) for hit in find(sample.text))
    return Counter(dict(counts.most_common()))


def stretches(hits: Iterable[Hit]) -> int:
    """Stretches of text that hits cover; hits that overlap are one."""
    found, end = 0, -1
    for hit in sorted(hits):
        found += hit.start >= end
        end = max(end, hit.end)
    return found


def _banned_rate(texts: Sequence[Sample], hits: Sequence[int]) -> RatioMeasurement:
    return per_1k_words("hits_per_1k_words", texts, hits)


def _banned(texts: Sequence[Sample], hits: Sequence[int]) -> list[Measurement]:
    return [
        _banned_rate(texts, hits),
        per_1k_chars("hits_per_1k_chars", texts, hits),
        RatioMeasurement(
            name="texts_with_hit",
            unit="share of texts",
            better="lower",
            numerator=summed(texts, [count > 0 for count in hits]),
            denominator=summed(texts, [1] * len(texts)),
            reason="there are no texts",
        ),
    ]


def _contrast(texts: Sequence[Sample]) -> list[Measurement]:
    find = regex_counter(load_regexes("contrast").entries).hits
    counts = [stretches(find(sample.text)) for sample in texts]
    return [
        per_1k_words("contrast_per_1k_words", texts, counts),
        per_1k_chars("contrast_per_1k_chars", texts, counts),
    ]


def _regexes(texts: Sequence[Sample], find: Find) -> Measurement:
    """A pattern that runs out of time has not been counted, so there is no rate, rather than one that is too low."""
    name = "regex_hits_per_1k_words"
    try:
        return per_1k_words(name, texts, _hits(texts, find))
    except TimeoutError as late:
        return SetMeasurement(name, "hits/1k words", "lower", None, 0, f"the pattern {late}")


def _hits(texts: Sequence[Sample], find: Find) -> list[int]:
    return [sum(1 for _ in find(sample.text)) for sample in texts]
