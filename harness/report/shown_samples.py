"""The samples that the page shows, prompt by prompt, each beside Plain's text of the same prompt and repeat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from harness.report.findings import Findings
from harness.report.sample_view import SampleView, view_sample
from harness.report.sweep_data import JobData
from harness.store.records import Sample
from harness.visible import visible

# A prompt's id and words: in two sweeps the same id may name different prompts.
Prompt = tuple[str, str]
Cell = tuple[str, int]  # prompt id, repeat
UNRESERVED = "!*'()~"  # what encodeURIComponent, which makes the same anchors in the page, leaves alone besides -_.


@dataclass(frozen=True)
class Arm:
    """A finished job as a column of the browser; `setting` counts the groups of the main table."""

    job: JobData
    setting: int
    colour: str


@dataclass(frozen=True)
class ShownSample:
    """One text. `logprob`: mean base log-prob of its tokens; `loss`: how far that lies below Plain's, in nats."""

    arm: int
    repeat: int
    view: SampleView
    logprob: float | None
    loss: float | None
    anchor: str


class ShownSamples:
    """All texts of the finished jobs, to be looked at in detail one prompt at a time."""

    def __init__(self, findings: Findings) -> None:
        self.settings = tuple(group.title for group in findings.table.groups)
        self.arms = tuple(
            Arm(row.job, setting, findings.colours[row.job.label])
            for setting, group in enumerate(findings.table.groups)
            for row in group.rows
        )
        self._plain_of = {arm.job.job_id: findings.sweep.plain_of(arm.job) for arm in self.arms}
        self._logprobs: dict[str, Mapping[Cell, float | None]] = {}
        self._by_prompt: dict[Prompt, list[tuple[int, Sample]]] = defaultdict(list)
        for index, arm in enumerate(self.arms):
            for sample in arm.job.samples:
                self._by_prompt[sample.prompt_id, sample.prompt].append((index, sample))

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """In the order of the sweep."""
        return tuple(self._by_prompt)

    def of(self, prompt: Prompt) -> Iterator[ShownSample]:
        """The prompt's texts by setting, strategy and repeat."""
        return (self._shown(index, sample) for index, sample in self._by_prompt[prompt])

    def _shown(self, index: int, sample: Sample) -> ShownSample:
        job = self.arms[index].job
        own, plain = mean_logprob(sample), self._plain_logprob(job, sample)
        return ShownSample(
            arm=index,
            repeat=sample.repeat,
            view=view_sample(sample, job.lists),
            logprob=own,
            loss=None if own is None or plain is None else plain - own,
            anchor=anchor(job.job_id, sample),
        )

    def _plain_logprob(self, job: JobData, sample: Sample) -> float | None:
        plain = self._plain_of[job.job_id]
        if plain is None:
            return None
        if plain.job_id not in self._logprobs:
            self._logprobs[plain.job_id] = {(one.prompt_id, one.repeat): mean_logprob(one) for one in plain.samples}
        return self._logprobs[plain.job_id].get((sample.prompt_id, sample.repeat))


def mean_logprob(sample: Sample) -> float | None:
    """Nats per kept token, as fluency.logprob_per_token has it; None for a failed text and where none is known."""
    known = [x for x in sample.logprobs if x is not None]
    return sum(known) / len(known) if known and sample.error is None else None


def anchor(job_id: str, sample: Sample) -> str:
    """The fragment under which the page shows the sample: the same in every report of the job."""
    return f"sample-{_quoted(job_id)}-{_quoted(sample.prompt_id)}-{sample.repeat}"


def _quoted(text: str) -> str:
    return quote(visible(text), safe=UNRESERVED)
