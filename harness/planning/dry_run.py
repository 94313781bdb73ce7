"""What a command would do."""

from __future__ import annotations

from harness.planning.estimate import NO_SOURCE, estimate
from harness.planning.plan import Job, Plan
from harness.visible import unbroken


def describe_plan(plan: Plan) -> str:
    """One line per job, then the sums, and what is known of the time. Rewinds draw more tokens than are kept."""
    left = sum(len(job.missing()) for job in plan.jobs)
    tokens = sum(len(job.missing()) * job.settings.decoding.max_new_tokens for job in plan.jobs)
    total = f"sweep {plan.id}: {len(plan.jobs)} jobs, {left} texts left, at most {tokens} tokens to keep"
    lines = [*map(_describe_job, plan.jobs), f"{total}; report in {plan.folder}"]
    return "\n".join([*lines, _describe_time(plan)] if left else lines)


def _describe_time(plan: Plan) -> str:
    expected = estimate(plan.jobs)
    if expected is None:
        return f"time: not known, {NO_SOURCE}"
    return (
        f"time: about {spelled(expected.seconds)} of generation for {expected.tokens:.0f} tokens, one job after the "
        "other, at the pace of this experiment's timed jobs of the same models"
    )


def spelled(seconds: float) -> str:
    """Two units at most: 45 s, 3 min 20 s, 2 h 05 min, 3 d 4 h."""
    for unit, size, smaller, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} {seconds % size // part:.0f} {smaller}"
    return f"{seconds:.0f} s"


def _describe_job(job: Job) -> str:
    total, left = len(job.cells), len(job.missing())
    what = f"{job.source.label}  {job.label}  T={job.settings.decoding.temperature:g}"
    return f"{job.id}  {unbroken(what)}  {total - left} of {total} texts there, {left} left"
