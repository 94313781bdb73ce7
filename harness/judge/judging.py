"""A sweep through the judge: one record per job, ready for judge.json."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from harness.judge.answer import Verdict, pair_verdict, rubric_verdict
from harness.judge.asking import Asking
from harness.judge.question import MAX_CHARS, Pair, Question, pair_questions, pairs, rubric_questions
from harness.judge.tally import JudgedPair, Wins, scores, wins
from harness.report.sweep_data import SweepData
from harness.scoring import RatioMeasurement
from harness.statistics import Estimate, Interval, compare, estimate
from harness.statistics.multiplicity import holm

Record = dict[str, Any]
Step = Callable[[], object]


def judge_pairs(sweep: SweepData, asking: Asking, limit: int | None, step: Step) -> list[Record]:
    """Each strategy against Plain, in the sweep's order; `step` is called after every pair. p is corrected by Holm."""
    judged: dict[str, list[JudgedPair]] = defaultdict(list)
    for pair in pairs(sweep, limit):
        judged[pair.job_id].append(_judged(pair, asking))
        step()
    found = {job_id: wins(of_job) for job_id, of_job in judged.items()}
    corrected = holm({job_id: won.p for job_id, won in found.items()})
    labels = {job.job_id: job.label for job in sweep.done}
    return [
        {"job_id": job_id, "label": labels[job_id], **_wins(won), "p_adjusted": corrected[job_id]}
        for job_id, won in found.items()
    ]


def judge_rubric(sweep: SweepData, asking: Asking, limit: int | None, step: Step) -> list[Record]:
    """Every job's mean score, and its difference to Plain's on the prompts that both have."""
    graded: dict[str, list[tuple[str, Verdict | None]]] = defaultdict(list)
    for question in rubric_questions(sweep, limit):
        graded[question.job_id].append((question.cell.prompt_id, _verdict(asking, question, rubric_verdict)))
        step()
    found = {job_id: scores(of_job) for job_id, of_job in graded.items()}
    controls = {job.job_id: plain.job_id for job in sweep.done if (plain := sweep.plain_of(job)) is not None}
    labels = {job.job_id: job.label for job in sweep.done}
    return [
        {
            "job_id": job_id,
            "label": labels[job_id],
            "score": _estimate(estimate(measurement)),
            "difference": _difference(measurement, found[controls[job_id]][0]) if job_id in controls else None,
            "not_verdicts": dict(counts),
        }
        for job_id, (measurement, counts) in found.items()
    ]


def cut_texts(sweep: SweepData) -> int:
    """Texts longer than what the judge is shown."""
    return sum(len(sample.text) > MAX_CHARS for job in sweep.done for sample in job.samples)


def _judged(pair: Pair, asking: Asking) -> JudgedPair:
    if pair.is_identical:
        return JudgedPair(pair.treated.prompt_id, 0.5, 0.5, True)
    first, second = (_verdict(asking, question, pair_verdict) for question in pair_questions(pair))
    return JudgedPair(pair.treated.prompt_id, first, second)


def _verdict(asking: Asking, question: Question, read: Callable[..., Verdict]) -> Verdict | None:
    reply = asking.reply(question)
    return None if reply is None else read(reply)


def _wins(won: Wins) -> Record:
    return {
        "win_rate": _estimate(won.rate),
        "p": won.p,
        "pairs": won.pairs,
        "identical": won.identical,
        "first_share": won.first_share,
        "agreement": won.agreement,
        "not_verdicts": dict(won.counts),
    }


def _estimate(found: Estimate) -> Mapping[str, Any]:
    return {"value": found.value, "ci": _ci(found.interval), "n": found.n, "reason": found.reason}


def _difference(treated: RatioMeasurement, plain: RatioMeasurement) -> Record | None:
    compared = compare(treated, plain)
    if compared is None:
        return None
    return {"value": compared.difference, "ci": _ci(compared.interval), "n": compared.n, "p": compared.p}


def _ci(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]
