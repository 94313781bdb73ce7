"""GGUF models: our llama.cpp backend against llama.cpp's own loop.

A: AntiSlop with 10 phrases, and Plain, 1 row and 16. B: the same `llama_decode` calls and multinomial draws without a
strategy, in a context of the same parameters. Tokens drawn per second, on the shipped inkling_2m in f16.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec

from experiments.bench.bans import ban_list
from experiments.bench.compare import compare
from experiments.bench.result import Line, Result
from experiments.bench.settings import Settings
from experiments.bench.subjects import EMBEDDED_LABEL, Subject
from experiments.bench.writers import ours
from harness.planning.weights import EMBEDDED
from strategies import AntiSlop, Plain

LINE = 0.95
FILE = EMBEDDED / "inkling_2m_f16.gguf"
CONTEXT, BATCH = 1_024, 512  # tokens of a sequence, and of one decode
QUESTION = "Does llama.cpp run at its own speed?"


def run(settings: Settings) -> Result:
    """Four lines on the embedded model."""
    if find_spec("llama_cpp") is None:
        missing = "Left out: llama-cpp-python is not installed: pip install '.[llamacpp]'"
        return Result("llamacpp", QUESTION, notes=(missing,))
    subjects = settings.subjects(EMBEDDED_LABEL)
    return Result("llamacpp", QUESTION, [line for subject in subjects for line in _lines(subject, settings)])


def _lines(subject: Subject, settings: Settings) -> Iterator[Line]:
    from experiments.bench.llama_loop import llama_loop
    from sampler.backends import LlamaCppBackend
    from sampler.backends.llamacpp_context import ContextSettings
    from sampler.backends.llamacpp_file import open_gguf

    shape = ContextSettings(CONTEXT, BATCH, subject.threads, "f16")
    model = open_gguf(FILE)
    phrases = ban_list(subject, 10)
    for rows in (1, settings.sizes.rows):
        backend = LlamaCppBackend(model, shape)
        backend.vocab = replace(backend.vocab, eos=frozenset())  # as in every other comparison, no token ends a text
        prompts = subject.ragged(rows)
        b = llama_loop(model, shape, prompts)
        for name, strategy in (("Plain", Plain()), ("AntiSlop, 10 phrases", AntiSlop(phrases))):
            what = f"{rows} {'row' if rows == 1 else 'ragged rows'}, {name}"
            yield compare(
                "2m f16 GGUF", what, ours(f"LlamaCppBackend, {name}", backend, strategy, prompts), b,
                tokens=settings.sizes.text, rounds=settings.rounds, unit="drawn", target=LINE,
            )  # fmt: skip
