"""Never draw the token that would complete a phrase: what vLLM's `bad_words` does, without going back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Self

from sampler import Accept, Decision, Prompt, Shape, Strategy, View, Vocab
from strategies.phrases import PhraseList, parse_phrases
from strategies.spelling import spelled

Bias = Mapping[int, float]  # token -> nats


class BadWords(Strategy[None]):
    """Masks the last token of a phrase wherever the tokens before it have just been written.

    Phrases are token ids here, as in vLLM: each is encoded as it stands, and with a space in front if that changes
    its first token and not its length (vllm/sampling_params.py, `update_from_tokenizer`). Another case, split or
    position inside a word is another sequence and goes unseen; so does one that begins in the prompt
    (vllm/v1/sample/ops/bad_words.py looks at the output alone).

    Law: at every position the model conditioned on not completing a sequence: the local mask. It never goes back,
    so what leads up to a phrase is written as often as before. A row in which every token is masked ends "exhausted".
    """

    def __init__(self, phrases: PhraseList = ()) -> None:
        self.phrases = parse_phrases(phrases).texts
        if not self.phrases:
            raise ValueError("phrases: the list is empty; give at least one phrase, or use Plain()")
        self._endings: Mapping[tuple[int, ...], Bias] = {(): {}}
        self._lengths: tuple[int, ...] = ()

    def bind(self, vocab: Vocab) -> Self:
        bound = copy(self)
        endings: dict[tuple[int, ...], dict[int, float]] = {(): {}}
        for phrase in self.phrases:
            for tokens in _sequences(phrase, vocab):
                endings.setdefault(tokens[:-1], {})[tokens[-1]] = -math.inf
        bound._endings = endings
        bound._lengths = tuple(sorted({len(beginning) for beginning in endings if beginning}))
        return bound

    def init(self, prompt: Prompt) -> None:
        return None

    def shape(self, state: None, view: View) -> Shape:
        return Shape(bias=self._masked(view.tokens))

    def step(self, state: None, view: View) -> tuple[None, Decision]:
        return None, Accept(settled=True)

    def _masked(self, tokens: Sequence[int]) -> Bias:
        """Tokens that would complete a sequence behind `tokens`: one look-up for each length that sequences have."""
        always = self._endings[()]
        suffixes = {tuple(tokens[-length:]) for length in self._lengths}
        found = [self._endings[suffix] for suffix in suffixes if suffix in self._endings]
        return {token: nats for bias in (always, *found) for token, nats in bias.items()} if found else always


def _sequences(phrase: str, vocab: Vocab) -> Iterator[tuple[int, ...]]:
    """vLLM's rule: the bare phrase, and the spaced one if it is a word of its own of the same length."""
    bare, spaced = spelled(phrase, vocab), spelled(" " + phrase, vocab)
    if bare:
        yield bare
    if spaced and (not bare or (spaced[0] != bare[0] and len(spaced) == len(bare))):
        yield spaced
