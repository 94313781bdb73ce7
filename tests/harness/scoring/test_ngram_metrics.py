import gzip
import math
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scoring import Context, RatioMeasurement, SetMeasurement, measure
from harness.scoring.diversity import COMPRESSION_BYTES
from harness.scoring.ngrams import moving_type_token_ratio, ngrams, repeated_share
from harness.scoring.self_bleu import MAX_TEXTS, self_bleu
from harness.store.records import Sample

WORDS = st.lists(st.sampled_from("abcdef"), max_size=25)
Build = Callable[..., Sample]


def diversity(samples: Sequence[Sample]) -> dict[str, RatioMeasurement | SetMeasurement]:
    measured = measure(samples, Context(), ["diversity"])
    return {key.removeprefix("diversity."): value for key, value in measured.items()}


def set_value(measurement: RatioMeasurement | SetMeasurement) -> float | None:
    assert isinstance(measurement, SetMeasurement)
    return measurement.value


@given(WORDS, st.integers(1, 8))
def test_mattr_is_the_mean_over_windows(units: list[str], window: int) -> None:
    """The incremental count must equal counting every window afresh."""
    ratios = [len(set(units[i : i + window])) / window for i in range(len(units) - window + 1)]
    expected = sum(ratios) / len(ratios) if ratios else None
    assert moving_type_token_ratio(units, window) == (pytest.approx(expected) if expected is not None else None)


def test_mattr_by_hand() -> None:
    assert moving_type_token_ratio(["a", "b", "a", "a"], 2) == pytest.approx((1 + 1 + 0.5) / 3)


def test_rep_4_by_hand() -> None:
    """abcdabcd has 4-grams abcd bcda cdab dabc abcd: one of five is a repeat."""
    assert repeated_share("abcdabcd", 4) == pytest.approx(1 / 5)
    assert repeated_share("abc", 4) is None


@given(WORDS, st.integers(1, 4))
def test_ngrams_are_the_slices(units: list[str], n: int) -> None:
    assert ngrams(units, n) == [tuple(units[i : i + n]) for i in range(len(units) - n + 1)]


def test_distinct_is_cut_to_a_common_length(sample: Build) -> None:
    """Longer texts have fewer distinct n-grams per n-gram: uncut, a strategy that ends early would look diverse."""
    letters = [f"{a}{b}" for a in "abcde" for b in "abcdefghij"]
    short, long = " ".join(letters), " ".join([*letters, *letters])
    assert set_value(diversity([sample(short)])["distinct_1"]) == 1.0
    assert set_value(diversity([sample(long)])["distinct_1"]) == 1.0
    two = diversity([sample(short, "p"), sample(long, "q")])
    assert set_value(two["distinct_1"]) == 0.5
    assert set_value(two["distinct_2"]) == 0.5
    assert two["distinct_1"].n == 2  # type: ignore[union-attr]


def test_short_texts_have_reasons_not_zeros(sample: Build) -> None:
    measured = diversity([sample("too short")])
    for name in ("distinct_1", "self_bleu", "compression_ratio"):
        found = measured[name]
        assert isinstance(found, SetMeasurement)
        assert found.value is None
        assert found.reason
    mattr = measured["mattr_50"]
    assert isinstance(mattr, RatioMeasurement)
    assert mattr.denominator == {"p": 0}


def test_failed_samples_have_no_text(sample: Build) -> None:
    """An error row's empty text would count as an undiverse one."""
    measured = diversity([sample("", finish_reason="error"), sample("a b c d e", "q")])
    rep = measured["rep_4"]
    assert isinstance(rep, RatioMeasurement)
    assert rep.denominator == {"q": 1}


def test_compression_ratio_compares_equal_bytes(sample: Build) -> None:
    """Twice the same material must not compress better: the cut makes lengths equal."""
    text = " ".join(str(i * i) for i in range(4000))
    expected = COMPRESSION_BYTES / len(gzip.compress(text.encode()[:COMPRESSION_BYTES], 9, mtime=0))
    once = diversity([sample(text)])["compression_ratio"]
    twice = diversity([sample(text, "a"), sample(text, "b")])["compression_ratio"]
    assert set_value(once) == set_value(twice) == pytest.approx(expected)


def naive_self_bleu(texts: Sequence[Sequence[str]]) -> float:
    """Straight from Papineni et al. 2002, one text against a list of all others."""
    scores = []
    for index, own in enumerate(texts):
        others = [*texts[:index], *texts[index + 1 :]]
        log_precisions = 0.0
        for n in range(1, 5):
            counts = Counter(tuple(own[i : i + n]) for i in range(len(own) - n + 1))
            references = [Counter(tuple(o[i : i + n]) for i in range(len(o) - n + 1)) for o in others]
            clipped = sum(min(count, max(r[gram] for r in references)) for gram, count in counts.items())
            log_precisions += math.log((clipped or 0.1) / sum(counts.values())) / 4
        closest = min((abs(len(o) - len(own)), len(o)) for o in others)[1]
        scores.append(math.exp(min(0.0, 1 - closest / len(own))) * math.exp(log_precisions))
    return sum(scores) / len(scores)


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=4, max_size=9), min_size=2, max_size=6))
def test_self_bleu_agrees_with_its_definition(texts: list[list[str]]) -> None:
    """The two-highest-counts shortcut must equal comparing with every other text."""
    value, n = self_bleu({(f"p{i}", 0): text for i, text in enumerate(texts)})
    assert n == len(texts)
    assert value == pytest.approx(naive_self_bleu(texts))


def test_self_bleu_of_equal_texts_is_one() -> None:
    assert self_bleu({("p", i): ["the", "same", "five", "words", "here"] for i in range(3)})[0] == pytest.approx(1.0)


def test_self_bleu_samples_the_same_cells_whatever_the_order() -> None:
    """Strategies must be compared on the same prompts, also when files list them differently."""
    texts = {(f"p{i}", 0): [f"w{(i * j) % 17}" for j in range(1, 12)] for i in range(MAX_TEXTS + 30)}
    backwards = dict(reversed(texts.items()))
    assert self_bleu(texts) == self_bleu(backwards)
    assert self_bleu(texts)[1] == MAX_TEXTS


def test_seq_rep_counts_tokens_and_rep_counts_words(sample: Build) -> None:
    measured = diversity([sample("one two three four five", tokens=[1, 2, 3, 4, 1, 2, 3, 4])])
    rep, seq_rep = measured["rep_4"], measured["seq_rep_4"]
    assert isinstance(rep, RatioMeasurement)
    assert isinstance(seq_rep, RatioMeasurement)
    assert rep.numerator == {"p": 0}
    assert seq_rep.numerator["p"] == pytest.approx(1 / 5)
