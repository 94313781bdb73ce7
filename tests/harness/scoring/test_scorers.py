import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from harness.scoring import Context, measure, scorer, selected, summarise
from harness.scoring.phrase_counter import phrase_counter
from harness.scoring.regex_counter import RegexCounter
from harness.scoring.registry import SCORERS
from harness.scoring.slop import hit_counts
from harness.store.records import Sample
from harness.store.timing import Segment

Build = Callable[..., Sample]


def scores(samples: list[Sample], **context: Any) -> dict[str, Mapping[str, Any]]:
    """ "<scorer>.<metric>" → entry of scores.json."""
    nested = summarise(measure(samples, Context(**context)))
    return {f"{name}.{metric}": entry for name, metrics in nested.items() for metric, entry in metrics.items()}


def test_slop_by_hand(sample: Build) -> None:
    """Two hits in 4 + 6 words: a ratio of sums, not a mean of ratios (which would be 1000·(2/4 + 0)/2 = 250)."""
    texts = [sample("Elara smiled. Elara left.", "a"), sample("Nothing of the kind was said.", "b")]
    found = scores(texts, phrases=("elara",), heldout=("said", "kind"))
    assert found["slop.hits_per_1k_words"]["value"] == pytest.approx(200.0)
    assert found["slop.heldout_hits_per_1k_words"]["value"] == pytest.approx(200.0)
    assert found["slop.hits_per_1k_chars"]["value"] == pytest.approx(1000 * 2 / (25 + 29))
    assert found["slop.texts_with_hit"]["value"] == 0.5
    assert found["slop.hits_per_1k_words"]["n"] == 2


def test_no_list_no_metric(sample: Build) -> None:
    """Without a held-out list a rate of 0 would be a lie."""
    assert "slop.heldout_hits_per_1k_words" not in scores([sample("a")], phrases=("b",))


def test_regexes_by_hand(sample: Build) -> None:
    """Three matches in 9 words: "not wet but" of one pattern, and both hits of the other, inside it too."""
    texts = [sample("Not rain, not wet but warm.", "a"), sample("Wet, all wet!", "b")]
    found = scores(texts, regexes=(r"\bnot \w+ but", r"\bwet"))
    assert found["slop.regex_hits_per_1k_words"]["value"] == pytest.approx(3000 / 9)
    assert "slop.hits_per_1k_words" not in found


def test_a_pattern_that_runs_out_of_time_has_no_rate(sample: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found until then would look like a low rate, and the text like a clean one."""
    monkeypatch.setattr("harness.scoring.slop.regex_counter", lambda patterns: RegexCounter(patterns, 0.05))
    found = scores([sample("a" * 60 + " b")], regexes=(r"a\b", r"^(a|aa)+$"))["slop.regex_hits_per_1k_words"]
    assert found["value"] is None
    assert found["reason"] == r"the pattern '^(a|aa)+$' took longer than 0.05 s on a text"


def test_hit_counts_are_sorted_and_whole(sample: Build) -> None:
    texts = [sample("b a b"), sample("b c", "q"), sample("a", "r", finish_reason="error")]
    counts = hit_counts(texts, phrase_counter(("a", "b", "z")).hits)
    assert list(counts.items()) == [("b", 3), ("a", 1)]


def test_fluency_by_hand(sample: Build) -> None:
    texts = [sample("x", "a", logprobs=[-1.0, -3.0]), sample("y", "b", logprobs=[-2.0, None])]
    found = scores(texts)
    assert found["fluency.logprob_per_token"]["value"] == pytest.approx(-2.0)
    assert found["fluency.perplexity"]["value"] == pytest.approx(math.exp(2.0))


def test_perplexity_interval_is_the_other_ones_image(sample: Build) -> None:
    """BCa respects monotone maps; an interval from exp of a mean ± something would not."""
    texts = [sample("x", f"p{i}", logprobs=[-0.1 * i, -0.2]) for i in range(30)]
    found = scores(texts)
    low, high = found["fluency.logprob_per_token"]["ci"]
    assert found["fluency.perplexity"]["ci"] == pytest.approx([math.exp(-high), math.exp(-low)], rel=3e-3)


def test_cost_by_hand(sample: Build) -> None:
    rewinds = [
        {"kind": "rewind", "at": 5, "to": 3, "why": "phrase:x", "text": "x"},
        {"kind": "note", "at": 5, "note": "passed phrase:y"},
        {"kind": "rewind", "at": 9, "to": 1, "why": "phrase:x", "text": "x"},
    ]
    one = sample("x", "a", events=rewinds, cost={"forwards": 14, "kept": 10, "drawn": 20, "discarded": 10, "refed": 5})
    two = sample("y", "b", cost={"forwards": 11, "kept": 10, "drawn": 10})
    found = scores([one, two])
    expected = {
        "forwards_per_kept": 25 / 20,
        "discarded_fraction": 10 / 30,
        "rewinds_per_100_kept": 10.0,
        "refed_per_kept": 5 / 20,
        "rewind_depth": 5.0,
        "rewind_depth_p50": 2.0,
        "rewind_depth_p95": 8.0,
        "rewind_depth_max": 8.0,
        "passed_per_text": 0.5,
    }
    assert {name: found[f"cost.{name}"]["value"] for name in expected} == pytest.approx(expected)
    assert found["cost.rewind_depth"]["n"] == 1


def test_plain_has_no_rewind_depth(sample: Build) -> None:
    """Depth 0 would say that it rewound by nothing."""
    found = scores([sample("x", cost={"kept": 3, "drawn": 3, "forwards": 3})])
    assert found["cost.rewind_depth"]["value"] is None
    assert found["cost.rewind_depth"]["reason"] == "there was no rewind"
    assert found["cost.rewind_depth_p95"]["value"] is None


def test_throughput_is_the_median_over_segments(sample: Build) -> None:
    """A slow first segment (warm-up) must not drag the rate, as total tokens over total seconds would."""
    segments = (
        Segment(10.0, 0, 10, 0, 1),
        Segment(1.0, 0, 30, 0, 1),
        Segment(1.0, 0, 20, 0, 1),
        Segment(0.0, 0, 0, 0, 0),
    )
    found = scores([sample("x")], segments=segments)
    assert [found[f"throughput.{name}"]["value"] for name in ("tok_per_s", "tok_per_s_min", "tok_per_s_max")] == [
        20,
        1,
        30,
    ]
    assert found["throughput.tok_per_s"]["n"] == 3


def test_guards_count_every_ending(sample: Build) -> None:
    """A row that hit its draw budget, or failed, must show up somewhere."""
    reasons = ["eos", "length", "stop", "exhausted", "budget", "error", "eos", "eos"]
    texts = [sample("" if i == 1 else "two words", f"p{i}", finish_reason=reason) for i, reason in enumerate(reasons)]
    found = scores(texts)
    shares = {
        name: found[f"guards.{name}_share"]["value"]
        for name in ("eos", "truncated", "stop", "exhausted", "budget", "error")
    }
    assert shares == pytest.approx(
        {"eos": 3 / 8} | dict.fromkeys(("truncated", "stop", "exhausted", "budget", "error"), 1 / 8)
    )
    assert found["guards.empty_share"]["value"] == pytest.approx(1 / 7)
    assert found["guards.words_per_text"]["value"] == pytest.approx(12 / 7)


def test_repeats_of_a_prompt_are_one_unit(sample: Build) -> None:
    """Counting repeats as independent would make intervals too narrow."""
    texts = [sample("bad word", "p", repeat) for repeat in range(5)]
    entry = scores(texts, phrases=("bad",))["slop.hits_per_1k_words"]
    assert entry["n"] == 1
    assert entry["ci"] is None


def test_every_undefined_value_has_a_reason() -> None:
    for entry in scores([], phrases=("a",), heldout=("b",)).values():
        assert entry["value"] is None
        assert entry["ci"] is None
        assert entry["n"] == 0
        assert entry["reason"]


def test_every_number_is_finite(sample: Build) -> None:
    texts = [sample(f"some words {i}", f"p{i}", tokens=[i], logprobs=[-1.0]) for i in range(4)]
    for entry in scores(texts, phrases=("some",)).values():
        assert entry["value"] is None or math.isfinite(entry["value"])
        assert entry["ci"] is None or entry["ci"][0] <= entry["ci"][1]


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="'slop' is registered twice"):
        scorer("slop")(SCORERS["slop"])


def test_a_selection_is_in_one_order_and_its_names_are_known() -> None:
    """The order of metrics in tables must not hang on how somebody wrote the list."""
    assert selected() == selected(["default"])
    assert selected(["guards", "slop"]) == ("slop", "guards")
    assert selected(["default", "slop"]) == selected()
    with pytest.raises(ValueError, match="no scorer is named 'slopp'; there are default, slop, slop_score"):
        selected(["slopp"])
