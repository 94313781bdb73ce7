"""How varied the texts are: within a text (MATTR, MTLD, HD-D, repetition), and among texts (distinct-n, BLEU, gzip)."""

import gzip
from collections.abc import Hashable, Sequence

from harness.scoring.context import Context
from harness.scoring.distinct import distinct
from harness.scoring.lexical import HDD_SAMPLE, hdd, mtld
from harness.scoring.measurement import Better, Measurement, RatioMeasurement, SetMeasurement
from harness.scoring.ngrams import moving_type_token_ratio, repeated_share
from harness.scoring.per_prompt import finished, mean_of_defined
from harness.scoring.registry import scorer
from harness.scoring.self_bleu import self_bleu
from harness.scoring.words import words
from harness.store.records import Sample

# gzip's header weighs on short input and the ratio grows with length: all texts together are cut to this many bytes,
# and fewer give no value.
COMPRESSION_BYTES = 10_000


@scorer("diversity")
def diversity(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """Per text: MATTR-50, -500, MTLD, HD-D, rep-4 (words), seq-rep-4 (tokens).

    Per set: distinct-1/2/3, self-BLEU, gzip ratio.
    """
    texts = finished(samples)
    worded = [words(sample.text) for sample in texts]
    return [
        *(_mattr(texts, worded, window) for window in (50, 500)),
        _mean("mtld", "words", "higher", texts, [mtld(found) for found in worded], "no text repeats a word"),
        _mean(
            "hdd",
            "types per word",
            "higher",
            texts,
            [hdd(found) for found in worded],
            f"no text has {HDD_SAMPLE} words",
        ),
        *(distinct(texts, worded, n) for n in (1, 2, 3)),
        _self_bleu(texts, worded),
        _compression_ratio(texts),
        _repetition("rep_4", texts, worded),
        _repetition("seq_rep_4", texts, [sample.tokens for sample in texts]),
    ]


def _mattr(texts: Sequence[Sample], worded: Sequence[list[str]], window: int) -> Measurement:
    values = [moving_type_token_ratio(found, window) for found in worded]
    reason = f"no text has {window} words"
    return _mean(f"mattr_{window}", "types per word", "higher", texts, values, reason)


def _repetition(name: str, texts: Sequence[Sample], units: Sequence[Sequence[Hashable]]) -> Measurement:
    values = [repeated_share(found, 4) for found in units]
    return _mean(name, "share of 4-grams", "lower", texts, values, "no text has four of them in a row")


def _mean(
    name: str, unit: str, better: Better, texts: Sequence[Sample], values: Sequence[float | None], reason: str
) -> RatioMeasurement:
    numerator, denominator = mean_of_defined(texts, values)
    return RatioMeasurement(name, unit, better, numerator, denominator, reason=reason)


def _self_bleu(texts: Sequence[Sample], worded: Sequence[list[str]]) -> SetMeasurement:
    value, n = self_bleu(
        {(sample.prompt_id, sample.repeat): found for sample, found in zip(texts, worded, strict=True)}
    )
    reason = None if value is not None else "fewer than two texts have four words"
    return SetMeasurement("self_bleu", "BLEU-4", "lower", value, n, reason)


def _compression_ratio(texts: Sequence[Sample]) -> SetMeasurement:
    ordered = sorted(texts, key=lambda sample: (sample.repeat, sample.prompt_id))
    raw = "\n".join(sample.text for sample in ordered).encode("utf-8", errors="replace")
    long_enough = len(raw) >= COMPRESSION_BYTES
    packed = gzip.compress(raw[:COMPRESSION_BYTES], compresslevel=9, mtime=0)
    return SetMeasurement(
        name="compression_ratio",
        unit="bytes per compressed byte",
        better="lower",
        value=COMPRESSION_BYTES / len(packed) if long_enough else None,
        n=len(texts),
        reason=None if long_enough else f"the texts have {len(raw)} bytes, fewer than {COMPRESSION_BYTES}",
    )
