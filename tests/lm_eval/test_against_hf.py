"""lm_eval's own model of the same weights is the reference: without a strategy, ours must answer as it does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.lm_eval.conftest import MODEL, STORIES, TASKS


def evaluate(
    tasks: Path, model: str, arguments: str, names: Sequence[str] = tuple(TASKS), **more: Any
) -> dict[str, Any]:
    import lm_eval
    from lm_eval.tasks import TaskManager

    import harness.lm_eval  # noqa: F401

    found = lm_eval.simple_evaluate(
        model=model, model_args=arguments, tasks=list(names), batch_size=2, log_samples=True,
        task_manager=TaskManager(include_path=str(tasks), include_defaults=False), bootstrap_iters=0, **more,
    )  # fmt: skip
    assert found is not None
    return dict(found)


def answers(found: dict[str, Any], task: str) -> list[Any]:
    return [sample["resps"] for sample in sorted(found["samples"][task], key=lambda sample: sample["doc_id"])]


@pytest.fixture
def ours(tasks: Path) -> dict[str, Any]:
    return evaluate(tasks, "backtrack", "model=inkling_500k,model.dtype=float64,strategy=plain")


@pytest.mark.slow
def test_plain_answers_as_lm_evals_own_model(tasks: Path, ours: dict[str, Any]) -> None:
    """Guards: tokens of the context scored with the answer, a first space lost, a stop string kept, BOS doubled."""
    hf = f"pretrained={MODEL},dtype=float64"
    theirs = evaluate(tasks, "hf", hf, ("go_on", "which"), device="cpu")
    # With BOS, theirs counts a second BOS behind the first as a token of the text.
    rolling = evaluate(tasks, "hf", f"{hf},add_bos_token=False", ("how_likely",), device="cpu")
    theirs = {key: {**theirs[key], **rolling[key]} for key in ("samples", "results")}
    assert answers(ours, "go_on") == answers(theirs, "go_on")
    for task, asked in (("which", 2), ("how_likely", 1)):
        for mine, other in zip(answers(ours, task), answers(theirs, task), strict=True):
            assert len(mine) == asked
            for (got,), (want,) in zip(mine, other, strict=True):
                assert got == pytest.approx(want, abs=1e-6)
    for task, metric in (("go_on", "exact_match,none"), ("which", "acc,none"), ("how_likely", "bits_per_byte,none")):
        assert ours["results"][task][metric] == pytest.approx(theirs["results"][task][metric], abs=1e-9)
    assert ours["results"]["which"]["acc,none"] == 1  # the choices are texts of the model's kind and rubbish


@pytest.mark.slow
def test_a_strategy_changes_texts_and_not_likelihoods(tasks: Path, ours: dict[str, Any], tmp_path: Path) -> None:
    written = [text for ((text,),) in answers(ours, "go_on")]
    first = written[0].split()[0]
    (tmp_path / "ban.txt").write_text(first)
    arguments = f"model=inkling_500k,model.dtype=float64,strategy=antislop,phrases={tmp_path / 'ban.txt'}"
    banned = evaluate(tasks, "backtrack", arguments)
    again = [text for ((text,),) in answers(banned, "go_on")]
    assert first in written[0]
    assert first not in again[0]
    assert answers(banned, "which") == answers(ours, "which")
    told = banned["config"]["backtrack"]
    assert told["strategy"] == "antislop"
    assert told["cost"]["discarded"] > 0
    assert sum(told["finish_reasons"].values()) == len(STORIES)


@pytest.mark.slow
def test_sampling_follows_the_seed_and_not_the_batch(tasks: Path) -> None:
    arguments = "model=inkling_500k,model.dtype=float64,strategy=plain,seed="
    sampling = "do_sample=True,temperature=1.0"
    one, same, other = (
        answers(evaluate(tasks, "backtrack", f"{arguments}{seed},batch_size={rows}", gen_kwargs=sampling), "go_on")
        for seed, rows in ((1, 1), (1, 3), (2, 3))
    )
    assert one == same
    assert one != other
