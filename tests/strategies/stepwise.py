"""The law of a strategy that never goes back, written down a second time: each draw from a row of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, inf

from sampler import Decoding
from sampler.backends import ScriptedBackend
from sampler.law import exact_law
from strategies import AntiSlop, Chain
from tests.models import text_of, total_variation

Tokens = tuple[int, ...]
Rule = Callable[[Tokens, list[float]], Sequence[float]]  # (continuation, raw logits) -> probabilities of the next draw


def stepwise_law(backend: ScriptedBackend, rule: Rule, length: int, prompt: Tokens = ()) -> dict[Tokens, float]:
    """Every text of at most `length` tokens with its probability; where nothing can be drawn, the text ends."""
    law: dict[Tokens, float] = {}
    unfinished = {(): 1.0}
    while unfinished:
        longer: dict[Tokens, float] = {}
        for tokens, mass in unfinished.items():
            row = rule(tokens, backend._logits((*prompt, *tokens)).tolist())
            if not any(row):
                law[tokens] = mass
            for token, p in enumerate(row):
                ends = token in backend.vocab.eos or len(tokens) + 1 == length
                if p > 0:
                    (law if ends else longer)[*tokens, token] = mass * p
        unfinished = longer
    return law


def softmax(scores: Sequence[float]) -> list[float]:
    """By hand, so that it owes nothing to the engine's."""
    top = max(scores)
    weights = [exp(score - top) if score > -inf else 0.0 for score in scores]
    return [weight / sum(weights) for weight in weights] if top > -inf else weights


def assert_law(backend, strategy, rule: Rule, length: int, prompt: Tokens = (), decoding: Decoding | None = None):
    law = exact_law(backend, strategy, prompt, decoding, max_new_tokens=length)
    assert total_variation(law.probability, stepwise_law(backend, rule, length, prompt)) < 1e-11


def assert_rewinds(backend, strategy, rule: Rule, length: int, phrase: str, prompt: Tokens = ()):
    """Behind an exact rejection sampler the law is the strategy's own, given that the phrase is not said.

    Guards: anything remembered of texts that were taken back would bend the texts written after them.
    """
    chain = Chain(strategy, AntiSlop([phrase], ban="none", rewind_to="start", whole_words=False, scan_prompt=False))
    law = exact_law(backend, chain, prompt, max_new_tokens=length, tolerance=1e-10)
    own = stepwise_law(backend, rule, length, prompt)
    clean = {x: p for x, p in own.items() if phrase not in text_of(backend, x)}
    assert 0.1 < sum(clean.values()) < 0.98  # something is taken back, and not for ever
    conditional = {x: p / sum(clean.values()) for x, p in clean.items()}
    assert total_variation(law.probability, conditional) < 1e-9
