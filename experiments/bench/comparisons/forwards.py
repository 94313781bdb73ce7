"""How many forward passes a text took, against what its rewinds say that it must have taken.

While the logits of the place that a rewind goes back to are held, the first redraw there needs no forward pass. So a
text takes one pass per draw but the first after each rewind, and is fed its prompt, and one token per further pass.
"""

from __future__ import annotations

from collections.abc import Sequence

from experiments.bench.bans import ban_list
from experiments.bench.result import Check, Result
from experiments.bench.settings import Settings
from experiments.bench.subjects import Subject
from sampler import BacktrackSampler, Generation
from strategies import AntiSlop

SHARE = 0.1  # of words that are banned: many rewinds


def run(settings: Settings) -> Result:
    """Checks on every model: rewinds to the phrase, and to the start, whose logits are always held."""
    checks = []
    for subject in settings.subjects():
        for rewind_to in ("phrase", "start"):
            checks += _checks(subject, settings, rewind_to)
    return Result("forwards", "Is any forward pass made twice?", checks=checks)


def expected_forwards(text: Generation) -> int:
    """Passes that the events ask for. A text that ran out of tokens, or of draws, has none for its last place."""
    return text.cost.drawn - len(text.events)


def _checks(subject: Subject, settings: Settings, rewind_to: str) -> list[Check]:
    # a text that goes back to its start at every find must not need luck to be written
    share = SHARE if rewind_to == "phrase" else SHARE / 10
    strategy = AntiSlop(ban_list(subject, 10, share), rewind_to=rewind_to)  # type: ignore[arg-type]
    sampler = BacktrackSampler(subject.backend, strategy, max_new_tokens=settings.sizes.many, max_draws=10**6)
    prompts = subject.ragged(settings.sizes.rows)
    return checks(f"{subject.label}, rewinds to the {rewind_to}", sampler.generate(prompts), prompts)


def checks(what: str, texts: Sequence[Generation], prompts: Sequence[Sequence[int]]) -> list[Check]:
    """No token is fed twice; forwards and fed tokens are, row by row, what the events say."""
    refed = sum(text.cost.refed for text in texts)
    wrong = [text.id for text in texts if text.cost.forwards != expected_forwards(text)]
    fed = [
        text.id
        for text, prompt in zip(texts, prompts, strict=True)
        if text.cost.fed != len(prompt) + text.cost.forwards - 1
    ]
    kept, forwards = (sum(getattr(text.cost, name) for text in texts) for name in ("kept", "forwards"))
    discarded, rewinds = sum(text.cost.discarded for text in texts), sum(len(text.events) for text in texts)
    law = f"({kept:,} kept + {discarded:,} discarded - {rewinds:,} rewinds) / {kept:,} kept"
    return [
        Check(f"{what}: no token is fed twice", refed == 0, f"{refed:,} refed, {rewinds:,} rewinds"),
        Check(f"{what}: forwards/kept", not wrong, f"rows {wrong}" if wrong else f"{forwards / kept:.4f} = {law}"),
        Check(f"{what}: tokens fed", not fed, f"rows {fed}" if fed else "the prompt, and one per further pass"),
    ]  # fmt: skip
