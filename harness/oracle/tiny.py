"""Tiny explicit language models: bigram tables with texts for tokens, phrases to ban, and a horizon."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.config.shipped import DATA
from harness.errors import InputError
from harness.parsing import parse_json
from harness.paths import is_file
from harness.typed import build
from sampler.backends import ScriptedBackend
from sampler.vocab import Tokens

FOLDER = DATA / "oracle"
ROUNDING = 1e-9  # how far the probabilities of a row may be from 1 together

Row = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class TinyModel:
    """A bigram model: `start` gives the first token, `after[token]` the next one; what a row leaves out never comes.

    A text ends with `eos`, or is cut at `horizon` tokens. `probes` says what the model is there to show; `instead` is
    what a strategy writes that replaces the phrases.
    """

    name: str
    probes: str
    vocab: tuple[str, ...]
    eos: str
    start: Row
    after: Mapping[str, Row]
    horizon: int
    banned: tuple[str, ...]
    whole_words: bool = False
    instead: str | None = None

    @property
    def end(self) -> int:
        """The id of EOS."""
        return self.vocab.index(self.eos)

    def following(self, prefix: Tokens) -> list[float]:
        """Probabilities [V] of the next token after `prefix`."""
        row = self.after[self.vocab[prefix[-1]]] if prefix else self.start
        return [row.get(text, 0.0) for text in self.vocab]

    def backend(self) -> ScriptedBackend:
        def next_logits(prefix: Tokens) -> list[float]:
            return [math.log(p) if p > 0 else -math.inf for p in self.following(prefix)]

        return ScriptedBackend(self.vocab, next_logits, {self.end})

    def meaning(self) -> dict[str, Any]:
        """What of it decides a law."""
        return {key: value for key, value in asdict(self).items() if key not in ("name", "probes")}


def load(name: str) -> TinyModel:
    """An embedded model by its name, or one from a JSON file. Raise InputError for what is none."""
    path = FOLDER / f"{name}.json" if "/" not in name and not name.endswith(".json") else Path(name)
    if not is_file(path):
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.json")))
        raise InputError("oracle.model", name, f"is neither an embedded model ({known}) nor a .json file")
    try:
        model = build(TinyModel, {"name": path.stem, **parse_json(path.read_bytes())}, path.name)
    except InputError:
        raise
    except (ValueError, TypeError) as error:
        raise InputError("oracle.model", name, f"is no model: {error}") from None
    _check(model, path.name)
    return model


def _check(model: TinyModel, file: str) -> None:
    """Raise InputError for a model that is no distribution over texts."""
    if len(set(model.vocab)) < len(model.vocab) or model.eos not in model.vocab:
        raise InputError(f"{file}.vocab", list(model.vocab), "must name each token once, eos among them")
    if model.horizon < 1:
        raise InputError(f"{file}.horizon", model.horizon, "must be 1 or above")
    if not model.banned:
        raise InputError(f"{file}.banned", [], "must hold a phrase, or every strategy does the same")
    _check_row(model, f"{file}.start", model.start)
    for text in model.vocab:
        if text != model.eos:
            _check_row(model, f"{file}.after.{text}", model.after.get(text, {}))


def _check_row(model: TinyModel, field: str, row: Row) -> None:
    stray = [text for text in row if text not in model.vocab]
    if stray:
        raise InputError(field, stray[0], "is no token of vocab")
    if any(p < 0 for p in row.values()) or abs(sum(row.values()) - 1) > ROUNDING:
        raise InputError(field, dict(row), "must be probabilities that sum to 1")
