"""The texts as JSON within the page, for its sample browser: compact, and unable to end the element it stands in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from harness.report.sample_choice import by_digest
from harness.report.sample_view import Kept, Piece
from harness.report.shown_samples import Prompt, ShownSample, ShownSamples
from harness.visible import visible

LARGEST = 20 * 2**20  # bytes of texts; what is more than a browser opens at once belongs into the run folders
DECIMALS = 4


@dataclass(frozen=True)
class EmbeddedSamples:
    """The content of the page's data element, and how many of all prompts it holds."""

    json: str
    prompts: int
    of: int


def embed_samples(samples: ShownSamples) -> EmbeddedSamples:
    """Whole prompts, as many as fit, in the sweep's order; the first one whatever its size."""
    chosen: dict[Prompt, list[str]] = {}
    free = LARGEST
    for prompt in by_digest(samples.prompts):
        texts = [_json(_sample(shown)) for shown in samples.of(prompt)]
        free -= sum(len(text.encode()) for text in texts)
        if free < 0 and chosen:
            break
        chosen[prompt] = texts
    kept = [prompt for prompt in samples.prompts if prompt in chosen]
    head = {
        "settings": samples.settings,
        "arms": [
            {"name": arm.job.label, "job": arm.job.job_id, "setting": arm.setting, "colour": arm.colour}
            for arm in samples.arms
        ],
    }
    prompts = (_prompt(prompt, chosen[prompt]) for prompt in kept)
    content = f'{{"head":{_json(head)},"prompts":[{",".join(prompts)}]}}'
    return EmbeddedSamples(content, len(kept), len(samples.prompts))


def _prompt(prompt: Prompt, texts: Iterable[str]) -> str:
    return f'{{"id":{_json(prompt[0])},"text":{_json(prompt[1])},"samples":[{",".join(texts)}]}}'


def _sample(shown: ShownSample) -> dict[str, Any]:
    """What is nothing is left out."""
    view = shown.view
    fields = {
        "hidden": view.hidden or None,
        "reasons": view.reasons or None,
        "notes": view.notes or None,
        "error": view.error,
        "logprob": _rounded(shown.logprob),
        "loss": _rounded(shown.loss),
    }
    return {
        "arm": shown.arm,
        "repeat": shown.repeat,
        "end": view.finish_reason,
        "kept": view.kept,
        "drawn": view.drawn,
        "rewinds": view.rewinds,
        "pieces": [_piece(piece) for piece in view.pieces],
        **{name: value for name, value in fields.items() if value is not None},
    }


def _piece(piece: Piece) -> Any:
    if not isinstance(piece, Kept):
        inner = [_piece(one) for one in piece.pieces]
        return {"why": piece.why, "tokens": piece.tokens, "times": piece.times, "pieces": inner}
    return {"mark": piece.mark, "entry": piece.entry, "text": piece.text} if piece.mark else piece.text


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)


def _json(value: Any) -> str:
    """Acting characters made visible, and no "<", so that no text can end or open an element."""
    return json.dumps(_visible(value), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _visible(value: Any) -> Any:
    match value:
        case str():
            return visible(value)
        case dict():
            return {name: _visible(one) for name, one in value.items()}
        case list() | tuple():
            return [_visible(one) for one in value]
        case _:
            return value
