"""What a strategy gave up and made wait: regret, ban cost, hold-back, sites, time outside the model."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.scoring import Context, measure, summarise
from harness.scoring.fluency import regrets
from harness.scoring.job import read_segments
from harness.scoring.rewind_sites import Site, rewind_sites
from harness.store.jobfolder import JobFolder
from harness.store.records import Sample, read_samples
from harness.store.timing import Segment, Stopwatch
from sampler import Cost

Build = Callable[..., Sample]
SCORERS = ("fluency", "cost", "sites", "throughput")
# The metrics that need what earlier versions did not record.
NEW = ("fluency.regret_per_site", "fluency.ban_nats_per_1k_kept", "cost.holdback_p50", "cost.holdback_p95")


def scores(samples: list[Sample], **context: Any) -> dict[str, Mapping[str, Any]]:
    nested = summarise(measure(samples, Context(**context), SCORERS))
    return {f"{name}.{metric}": entry for name, metrics in nested.items() for metric, entry in metrics.items()}


def rewind(at: int, to: int, logprob: float | None = -1.0) -> dict[str, Any]:
    return {"kind": "rewind", "at": at, "to": to, "why": "phrase:x", "char": 0, "text": "x", "logprob": logprob}


# Taken back to 2 twice and to 4 once; then to 1, which breaks both; then to 3 and, with nothing to take back, to 5.
EVENTS = [
    rewind(4, 2, -0.5),
    rewind(3, 2, -0.7),
    rewind(6, 4),
    rewind(7, 1, -2.0),
    rewind(5, 3, -1.5),
    rewind(5, 5, None),
]


def test_sites_by_hand() -> None:
    assert rewind_sites(EVENTS) == [
        Site(2, 2, -0.5, stands=False),
        Site(4, 1, -1.0, stands=False),
        Site(1, 1, -2.0),
        Site(3, 1, -1.5),
        Site(5, 1, None),
    ]


def test_regret_is_of_the_first_token_taken_back_where_the_prefix_stands(sample: Build) -> None:
    """The second draw at a site is the third most likely token as often as not: regret is against the first.

    A site on a prefix that was taken back has no token that stands "instead" of the old one: another text stands there.
    """
    text = sample(logprobs=[-9.0, -2.5, -9.0, -1.0, -9.0, -9.0], events=EVENTS)
    assert list(regrets(text)) == [-2.0 - -2.5, -1.5 - -1.0]
    entry = scores([text])["fluency.regret_per_site"]
    assert (entry["value"], entry["unit"]) == (0.0, "nats/site")


def test_a_site_at_the_end_or_an_impossible_token_has_no_regret(sample: Build) -> None:
    """The text ended where it was gone back to; a forced token has no finite logarithm. Neither is a regret of 0."""
    ended = sample(logprobs=[-1.0], events=[rewind(3, 1)])
    forced = sample(logprobs=[None], events=[rewind(2, 0)])
    assert [list(regrets(text)) for text in (ended, forced)] == [[], []]
    assert scores([ended, forced])["fluency.regret_per_site"]["reason"].startswith("no site that stands")


def test_prices_by_hand(sample: Build) -> None:
    """Ratios of sums: 1.5 nats on 10 + 20 tokens. Waits: 0 ×20, 2 ×9, 7 ×1; the 15th of 30 is 0, the 29th is 2."""
    one = sample("x", "a", cost={"kept": 10, "ban_nats": 1.0, "held_back": {"0": 3, "2": 6, "7": 1}}, events=EVENTS)
    two = sample("y", "b", cost={"kept": 20, "ban_nats": 0.5, "held_back": {"0": 17, "2": 3}}, events=[rewind(2, 1)])
    found = scores([one, two])
    expected = {
        "fluency.ban_nats_per_1k_kept": 50.0,
        "cost.holdback_p50": 0.0,
        "cost.holdback_p95": 2.0,
        "sites.per_1k_kept": 1000 * 6 / 30,
        "sites.rewinds_per_site": 7 / 6,
        "sites.rewinds_per_site_max": 2,
    }
    assert {name: found[name]["value"] for name in expected} == pytest.approx(expected)
    assert (found["cost.holdback_p95"]["n"], found["sites.rewinds_per_site_max"]["n"]) == (30, 6)


def test_plain_pays_nothing_and_has_no_site(sample: Build) -> None:
    """0 nats of bans are a fact; a regret of 0 would be an invention."""
    cost = {"kept": 3, "drawn": 3, "ban_nats": 0.0, "held_back": {"0": 3}}
    found = scores([sample("x", name, cost=cost) for name in "ab"])
    assert found["fluency.ban_nats_per_1k_kept"]["value"] == 0.0
    assert found["cost.rewinds_per_100_kept"]["ci"] == [0.0, 50.0]
    assert found["fluency.ban_nats_per_1k_kept"]["ci"] == [0.0, 0.0]  # nats are no count: no rule of three
    assert found["cost.holdback_p95"]["value"] == 0.0
    assert found["fluency.regret_per_site"]["reason"] == "there was no rewind"
    assert found["sites.rewinds_per_site"]["value"] is None


def test_samples_of_an_earlier_version_still_score(tmp_path: Path, sample: Build) -> None:
    """Without the new keys their metrics say so, and the others are what they were."""
    old = sample("x", logprobs=[-1.0, -2.0], cost={"kept": 2, "drawn": 3, "discarded": 1, "forwards": 3})
    event = {"kind": "rewind", "at": 1, "to": 0, "why": "phrase:x", "char": 0, "text": "x"}
    line = json.loads(old.as_line()) | {"events": [event]}
    path = tmp_path / "samples.jsonl"
    path.write_text(json.dumps(line) + "\n")
    found = scores(read_samples(path))
    assert [found[name]["value"] for name in NEW] == [None] * 4
    assert all("do not carry" in found[name]["reason"] for name in NEW)
    assert found["cost.rewind_depth"]["value"] == 1.0
    assert found["sites.per_1k_kept"]["value"] == 500.0
    assert found["fluency.logprob_per_token"]["value"] == -1.5


def test_old_and_new_samples_are_not_mixed_in_one_ratio(sample: Build) -> None:
    """A continued run: the old samples' tokens would thin out the new ones' nats."""
    old, new = sample("x", "a", cost={"kept": 90}), sample("y", "b", cost={"kept": 10, "ban_nats": 1.0})
    assert scores([old, new])["fluency.ban_nats_per_1k_kept"]["value"] == pytest.approx(100.0)


def test_time_outside_the_model_by_hand(sample: Build) -> None:
    """Sums over segments, not a mean of ratios; segments of an earlier version say nothing about it."""
    segments = (
        Segment(9.0, 10, 10, 10, 1),
        Segment(2.0, 10, 10, 10, 1, model_seconds=1.0, outside_seconds=0.001),
        Segment(2.0, 10, 10, 30, 1, model_seconds=0.5, outside_seconds=0.003, strategy_seconds=0.002),
    )
    found = scores([sample("x")], segments=segments)
    assert found["throughput.outside_us_per_draw"]["value"] == pytest.approx(1e6 * 0.004 / 40)
    assert found["throughput.model_share"]["value"] == pytest.approx(1.5 / 1.504)
    assert found["throughput.model_share"]["n"] == 2
    assert found["throughput.strategy_us_per_draw"]["value"] == pytest.approx(1e6 * 0.002 / 30)
    old = scores([sample("x")], segments=segments[:1])["throughput.model_share"]
    assert (old["value"], old["reason"][:26]) == (None, "there is no timing.json th")


def test_a_timing_file_of_an_earlier_version_is_read_and_continued(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    folder.timing.write_text('{"segments": [{"seconds": 1.0, "forwards": 3, "kept": 2, "drawn": 2, "samples": 1}]}')
    watch = Stopwatch(folder.timing, every=1)
    assert watch.add(Cost(forwards=4, kept=3, drawn=3, seconds=0.25, outside_seconds=0.5, strategy_seconds=0.1))
    old, new = read_segments(folder)
    assert (old.model_seconds, old.outside_seconds, old.strategy_seconds) == (None, None, None)
    assert (new.kept, new.model_seconds, new.outside_seconds, new.strategy_seconds) == (3, 0.25, 0.5, 0.1)
    assert math.isfinite(new.seconds)
