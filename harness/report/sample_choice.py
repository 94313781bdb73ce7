"""Which texts the page shows: chosen without looking at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.digests import digest_text
from harness.records import Sample
from harness.report.findings import Findings
from harness.report.sample_view import SampleView, view_sample
from harness.report.sweep_data import JobData, SweepData
from harness.report.table import Group

PROMPTS, GROUPS, ARMS = 4, 6, 6


@dataclass(frozen=True)
class ArmView:
    """A strategy's continuation of one prompt."""

    strategy: str
    colour: str
    sample: SampleView


@dataclass(frozen=True)
class PromptView:
    """A prompt and its continuations, one per strategy."""

    prompt_id: str
    prompt: str
    arms: tuple[ArmView, ...]


@dataclass(frozen=True)
class SampleGroup:
    """All chosen prompts under one model and decoding."""

    title: str
    prompts: tuple[PromptView, ...]


def choose_samples(findings: Findings) -> list[SampleGroup]:
    """The same few prompts for every setting, first repeats only; only the first few settings and arms are shown."""
    chosen = chosen_prompts(findings.sweep)
    return [_group(findings, group, chosen) for group in findings.table.groups[:GROUPS]]


def chosen_prompts(sweep: SweepData) -> list[str]:
    """The prompts, among those that every finished job has, whose ids have the smallest SHA-256."""
    shared = set.intersection(*({sample.prompt_id for sample in job.samples} for job in sweep.done))
    return sorted(shared, key=digest_text)[:PROMPTS]


def _group(findings: Findings, group: Group, chosen: Sequence[str]) -> SampleGroup:
    rows = group.rows[:ARMS]
    firsts = [(row.job, _first_repeats(row.job)) for row in rows]
    prompts = []
    for prompt_id in chosen:
        arms = [_arm(findings, job, samples[prompt_id]) for job, samples in firsts]
        prompts.append(PromptView(prompt_id, firsts[0][1][prompt_id].prompt, tuple(arms)))
    return SampleGroup(group.title, tuple(prompts))


def _first_repeats(job: JobData) -> dict[str, Sample]:
    """Prompt id → its sample with the lowest repeat."""
    return {sample.prompt_id: sample for sample in sorted(job.samples, key=lambda sample: -sample.repeat)}


def _arm(findings: Findings, job: JobData, sample: Sample) -> ArmView:
    label = job.label
    return ArmView(label, findings.colours[label], view_sample(sample, findings.sweep))
