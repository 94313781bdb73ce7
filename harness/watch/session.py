"""One text, from settings to the terminal."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import Protocol

from rich.console import Console

from harness.config.compose import Config
from harness.errors import InputError
from harness.planning.plan import Job
from harness.planning.readers import open_reader
from harness.planning.single_job import job_without_prompts
from harness.progress.asking import asks_a_person
from harness.running.runner import sampler_of
from harness.terminal import moves_cursor
from harness.visible import unbroken
from harness.watch.lines import Lines
from harness.watch.scene import Scene
from harness.watch.screen import Screen
from sampler import BacktrackSampler
from sampler.events import Event


class Show(Protocol):
    """Where a text is watched."""

    def show(self, scene: Scene, event: Event) -> None: ...
    def close(self, scene: Scene) -> None: ...


def watch(prompt: str, config: Config, delay: float, hold: float) -> Scene:
    """Write one text where people see it. Raise InputError before the model is loaded for what cannot be written."""
    job = job_without_prompts(config)
    _check_prompt(prompt, job)
    sampler = sampler_of(job)
    lively = moves_cursor(sys.stdout) and not asks_a_person(config["strategy"])
    title = unbroken(f"{job.label} · {job.source.label}")
    show: Show = Screen(Console(highlight=False), title, delay, hold) if lively else Lines()
    return play(sampler, prompt, show)


def play(sampler: BacktrackSampler, prompt: str, show: Show) -> Scene:
    """Show all that happens until the text is finished; an interruption leaves what stands so far."""
    scene = Scene.of(sampler.backend.vocab, sampler.backend.vocab.prompt(prompt), sampler.stop)
    try:
        with closing(sampler.trace(prompt)) as events:
            for event in events:
                scene = scene.after(event)
                show.show(scene, event)
    finally:
        show.close(scene)
    return scene


def _check_prompt(prompt: str, job: Job) -> None:
    if not prompt.strip():
        raise InputError("prompt", prompt, "is empty; give the beginning of a text")
    if any("\ud800" <= char <= "\udfff" for char in prompt):  # how Python hands on bytes that are no UTF-8
        raise InputError("prompt", prompt, "is no valid text; give it in UTF-8")
    reader = open_reader(job.settings.model, job.source)
    length = len(reader.encode(prompt))
    if length >= reader.context:
        raise InputError("prompt", prompt, f"has {length} tokens, the model holds {reader.context}; shorten it")
