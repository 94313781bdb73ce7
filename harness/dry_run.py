"""What a command would do."""

from __future__ import annotations

from harness.plan import Job, Plan
from harness.visible import unbroken


def describe_plan(plan: Plan) -> str:
    """One line per job, then the sums. Tokens are the most that can be kept; rewinds draw more."""
    left = sum(len(job.missing()) for job in plan.jobs)
    tokens = sum(len(job.missing()) * job.settings.decoding.max_new_tokens for job in plan.jobs)
    total = f"sweep {plan.id}: {len(plan.jobs)} jobs, {left} texts left, at most {tokens} tokens to keep"
    return "\n".join([*map(_describe_job, plan.jobs), f"{total}; report in {plan.folder}"])


def _describe_job(job: Job) -> str:
    total, left = len(job.cells), len(job.missing())
    what = f"{job.source.label}  {job.label}  T={job.settings.decoding.temperature:g}"
    return f"{job.id}  {unbroken(what)}  {total - left} of {total} texts there, {left} left"
