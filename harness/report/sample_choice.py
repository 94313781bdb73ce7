"""Which texts the page holds: all while they fit, else those of prompts that were chosen without looking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from harness.report.shown_samples import Arm, Prompt, ShownSample, ShownSamples
from harness.store.digests import digest_text

# What a page shows that runs no script: a few texts of the first setting.
PROMPTS, ARMS = 4, 6


@dataclass(frozen=True)
class PromptView:
    """A prompt and its continuations, one per strategy, with the strategy."""

    prompt_id: str
    prompt: str
    arms: tuple[tuple[Arm, ShownSample], ...]


def by_digest(prompts: Iterable[Prompt]) -> list[Prompt]:
    """Those whose ids have the smallest SHA-256 first: an order that knows nothing of the texts."""
    return sorted(prompts, key=lambda prompt: (digest_text(prompt[0]), prompt))


def choose_samples(samples: ShownSamples) -> tuple[PromptView, ...]:
    """First repeats of the first setting, of the prompts that come first by digest."""
    shown = {index for index, arm in enumerate(samples.arms) if arm.setting == 0}
    views = (_view(samples, prompt, sorted(shown)[:ARMS]) for prompt in by_digest(samples.prompts))
    return tuple(islice((view for view in views if view.arms), PROMPTS))


def _view(samples: ShownSamples, prompt: Prompt, arms: list[int]) -> PromptView:
    firsts: dict[int, ShownSample] = {}
    for sample in samples.of(prompt):
        if sample.arm in arms and (sample.arm not in firsts or sample.repeat < firsts[sample.arm].repeat):
            firsts[sample.arm] = sample
    return PromptView(*prompt, tuple((samples.arms[arm], firsts[arm]) for arm in arms if arm in firsts))
