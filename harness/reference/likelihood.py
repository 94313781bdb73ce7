"""A second model reads texts that others wrote: how many bits it needs for each, whatever tokenizer they had.

A text's bits are -Σ log2 p of its tokens at temperature 1, without truncation. Prompt and text are encoded apart, as a
generating model has them: the prompt with the tokenizer's own BOS (or through the reference's chat template, where the
run had one), the text as it stands inside a longer one. So the first token's condition is the prompt alone, and a token
that could reach across the border is not used. A text without a prompt is encoded as the start of one and
conditioned on BOS (EOS where the tokenizer has no BOS). No end-of-text token is counted: it is no byte of the text, and
a text cut at its length has none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.config.settings import ModelSettings
from harness.inputs.prompts import PromptItem
from harness.planning.readers import Reader, open_reader
from harness.planning.weights import ModelSource, locate
from harness.running.models import load_backend
from harness.scoring.readings import Reading, Reference
from harness.scoring.reference import reading_key
from harness.store.records import Sample
from sampler.backends import Backend
from sampler.backends.encoding import LETTER
from sampler.vocab import Tokens, Vocab

DIGITS = 6  # of bits on disk: below what rounding and batches change


@dataclass(frozen=True)
class Question:
    """A text and the prompt it was written after; `item` None: there was none."""

    sample: Sample
    item: PromptItem | None

    @property
    def key(self) -> str:
        return reading_key(self.sample.prompt, self.sample.text)


def ask_all(questions: Iterable[Question], model: ModelSettings, earlier: Reference | None = None) -> Reference:
    """Read every text once, one after the other, so that no more than one is in memory.

    What the same model said `earlier` about these texts is taken over. Raise InputError when there is no such model,
    ValueError for a text without a prompt where the tokenizer has neither BOS nor EOS.
    """
    source = locate(model)
    asked = {question.key: question for question in questions}
    described = describe(model, source)
    known = earlier.readings if earlier is not None and earlier.model == described else {}
    readings = {key: known[key] for key in asked if key in known}
    if len(readings) < len(asked):
        reader, backend = open_reader(model, source), load_backend(model, source)
        readings |= {key: ask(question, reader, backend) for key, question in asked.items() if key not in readings}
    return Reference(described, readings)


def describe(model: ModelSettings, source: ModelSource) -> Mapping[str, Any]:
    """Which model it is, by content; not where it lies, nor on what it runs."""
    return {"label": source.label, "weights": source.weights, "tokenizer": source.tokenizer, **model.meaning}


def questions_of(samples: Sequence[Sample]) -> list[Question]:
    """Texts after prompts that are plain text, or after none ("")."""
    return [
        Question(sample, PromptItem(sample.prompt_id, sample.prompt) if sample.prompt else None) for sample in samples
    ]


def ask(question: Question, reader: Reader, backend: Backend) -> Reading:
    """The bits of one text, or why it has none: it is never cut."""
    text = question.sample.text
    try:
        data = text.encode()
        question.sample.prompt.encode()
    except UnicodeEncodeError:
        return Reading(None, 0, "it has no UTF-8 form")
    if not data:
        return Reading(None, 0, "it is empty")
    prompt, tokens = encode(question, reader, backend.vocab)
    if _spelled(tokens, backend.vocab, question.item is None) != data:
        return Reading(None, len(data), "the reference's tokenizer cannot spell it")
    if len(prompt) + len(tokens) > backend.caps.max_len:
        return Reading(None, len(data), f"with its prompt it exceeds the reference's {backend.caps.max_len} tokens")
    return _reading(-float(backend.score(prompt, tokens).sum()) / math.log(2), len(data))


def encode(question: Question, reader: Reader, vocab: Vocab) -> tuple[Tokens, Tokens]:
    """The tokens that the reference is given and those that it is to expect, which spell the text and nothing else."""
    if question.item is not None:
        return tuple(reader.tokens(question.item)), vocab.encode(question.sample.text)
    start, whole = tuple(reader.encode("")), tuple(reader.encode(question.sample.text))
    puts_it_there = tuple(reader.encode(LETTER))[: len(start)] == start
    return start, whole[len(start) :] if puts_it_there else whole


def _spelled(tokens: Tokens, vocab: Vocab, at_start: bool) -> bytes:
    data = b"".join(map(vocab.bytes_of, tokens))
    return data.removeprefix(b" ") if at_start and vocab.drops_first_space else data


def _reading(bits: float, size: int) -> Reading:
    if not math.isfinite(bits):
        return Reading(None, size, "the reference holds one of its tokens impossible")
    return Reading(round(bits, DIGITS), size)
