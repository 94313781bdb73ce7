"""Names of runs: short, and different where the jobs are."""

from __future__ import annotations

from typing import Any

import pytest

from harness.tracking.names import arm_name, job_name, sweep_name

SHOWN = 10  # characters of a category that MLflow's plot of parallel coordinates shows


def job(strategy: str = "antislop", **fields: Any) -> dict[str, Any]:
    base = {"strategy": strategy, "label": strategy, "model": "tiny", "decoding": {"temperature": 0.7}, "seed": 0}
    return {**base, "options": {}, "phrases": "d" * 64, **fields}


def named(*jobs: dict[str, Any]) -> list[str]:
    lists = {"phrases": {"name": "short", "digest": "d" * 64}, "other_phrases": [{"name": "long", "digest": "e" * 64}]}
    return [job_name({"jobs": jobs, **lists}, one) for one in jobs]


def test_what_all_jobs_share_is_not_said_but_the_temperature() -> None:
    assert named(job(), job("plain")) == ["antislop T=0.7", "plain T=0.7"]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"decoding": {"temperature": 0.7, "top_p": 0.9}}, "top_p=0.9"),
        ({"seed": 4}, "seed=4"),
        ({"phrases": "e" * 64}, "phrases=long"),
        ({"phrases": None}, "phrases=none"),
        ({"model": "other"}, "other"),
    ],
)
def test_whatever_sets_a_job_apart_is_in_its_name(other: dict[str, Any], said: str) -> None:
    """Two jobs of one name cannot be told apart in any table or plot."""
    first, second = named(job(), job(**other))
    assert first != second
    assert second == f"antislop T=0.7 {said}"


def test_arms_differ_in_what_a_plot_shows_of_them() -> None:
    """MLflow cuts at ten characters: "antislop b" stood there four times, and three of them had no label at all."""
    options = [{"ban": "soft", "strength": 0.1}, {"ban": "tilt", "strength": 0.1}, {"ban": "none"}, {}]
    arms = [arm_name(job(options=each)) for each in options]
    assert arms == ["soft 0.1 antislop", "tilt 0.1 antislop", "none antislop", "antislop"]
    assert len({arm[:SHOWN] for arm in arms}) == 4


def test_a_value_that_says_nothing_alone_keeps_its_name() -> None:
    assert arm_name(job(options={"whole_words": False, "max_draws": None})) == (
        "whole_words=false max_draws=null antislop"
    )


def test_an_arm_of_arms_has_its_label() -> None:
    parts = [{"name": "xtc"}, {"name": "antislop"}]
    assert arm_name(job("chain", label="chain(xtc, antislop)", options={"strategies": parts})) == "chain(xtc, antislop)"


def test_jobs_of_laws_and_of_older_files_have_names() -> None:
    """They say nothing of decoding, seed or lists."""
    law = {"strategy": "plain", "label": "plain", "model": "cliches"}
    assert job_name({"jobs": [law, {**law, "model": "inkling"}]}, law) == "plain cliches"
    assert sweep_name({"sweep_id": "efbb2e3517104f84"}) == "sweep efbb2e35"
