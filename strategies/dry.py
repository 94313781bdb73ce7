"""Don't repeat yourself: the longer a repeat has become, the dearer the token that would go on with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from typing import NamedTuple, Self

from sampler import Accept, Decision, Prompt, Shape, Strategy, View, Vocab

DEAREST = 1e6  # nats: far beyond this a penalty is no other ban, and soon no float


class Run(NamedTuple):
    """What stands behind the last breaker."""

    length: int = 0  # tokens
    tail: bytes = b""  # of the text, as many as a breaker may have begun in


class DRY(Strategy[Run]):
    """Penalises the token that would extend an n-token repeat of the text's end by multiplier · base^(n - allowed).

    n is the longest for which the last n tokens stand somewhere before and are followed by that token;
    n < `allowed_length` costs nothing. The penalty is taken off the raw logit, before the temperature. `last_n`
    tokens of prompt and text are looked at, -1 for all. A repeat never reaches behind a breaker: a token in whose
    text one of the strings `breakers` ends; breakers themselves are never penalised. (p-e-w,
    oobabooga/text-generation-webui pull request 5677.) Penalties stop growing at 10^6 nats.

    Law: at every position softmax((logits - penalties) / temperature), then truncation. It never goes back.
    """

    _vocab: Vocab  # from `bind`

    def __init__(
        self,
        multiplier: float = 0.8,
        base: float = 1.75,
        allowed_length: int = 2,
        last_n: int = -1,
        breakers: Sequence[str] = ("\n", ":", '"', "*"),
    ) -> None:
        if not 0 <= multiplier < math.inf:
            raise ValueError(f"multiplier: {multiplier} is no penalty; use nats, 0 or above")
        if not 1 <= base < math.inf:
            raise ValueError(f"base: {base} is below 1 or no number; 1 makes every repeat cost the same")
        if allowed_length < 1:
            raise ValueError(f"allowed_length: {allowed_length} is below 1; 1 penalises every repeated token pair")
        if last_n != -1 and last_n < 1:
            raise ValueError(f"last_n: {last_n} is no number of tokens; use -1 for the whole text")
        self.multiplier, self.base, self.allowed_length, self.last_n = multiplier, base, allowed_length, last_n
        self.breakers = _encoded(breakers)
        self._tail = max(map(len, self.breakers), default=1) - 1
        self._longest = allowed_length + _growths(multiplier, base)

    def bind(self, vocab: Vocab) -> Self:
        bound = copy(self)
        bound._vocab = vocab
        return bound

    def init(self, prompt: Prompt) -> Run:
        run = Run()
        for token in prompt.tokens:
            run = self._read(run, token)
        return run

    def shape(self, state: Run, view: View) -> Shape:
        if state.length < self.allowed_length or not self.multiplier:
            return Shape()
        text = (*view.prompt.tokens, *view.tokens)
        window = text if self.last_n < 0 else text[-self.last_n :]
        repeats = repeated(window, min(state.length, self._longest))
        return Shape(
            bias={
                token: -self.multiplier * self.base ** (n - self.allowed_length) / view.divisor
                for token, n in repeats.items()
                if n >= self.allowed_length and self._read(state, token).length
            }
        )

    def step(self, state: Run, view: View) -> tuple[Run, Decision]:
        return self._read(state, view.tokens[-1]), Accept(settled=True)

    def _read(self, run: Run, token: int) -> Run:
        data = run.tail + self._vocab.bytes_of(token)
        # an occurrence that ends inside the tail was found when it was read
        ends_here = any(data.find(b, max(len(run.tail) - len(b) + 1, 0)) >= 0 for b in self.breakers)
        return Run(0 if ends_here else run.length + 1, data[-self._tail :] if self._tail else b"")


def repeated(tokens: Sequence[int], longest: int) -> dict[int, int]:
    """token → n: the longest repeat, of at most `longest` tokens, of the end of `tokens` that it once continued.

    The Z-algorithm (Gusfield 1997, section 1.3) on the reversed text, looking only at places that hold its first
    token: z[i] is how long the text's end agrees with the end of what stands before the i last tokens.
    """
    text = tokens[::-1]
    z: dict[int, int] = {}
    found: dict[int, int] = {}
    left = right = 0  # the match that reaches furthest is text[left:right]
    for i in [i for i, token in enumerate(text) if i and token == text[0]]:
        n = max(min(right - i, z.get(i - left, 0)), 0)
        while n < longest and i + n < len(text) and text[n] == text[i + n]:
            n += 1
        if i + n > right:
            left, right = i, i + n
        z[i] = n
        found[text[i - 1]] = max(found.get(text[i - 1], 0), n)
    return found


def _growths(multiplier: float, base: float) -> int:
    """How many times a penalty may grow by `base` before it is DEAREST."""
    if base == 1 or not multiplier:
        return 0
    return max(int((math.log(DEAREST) - math.log(multiplier)) / math.log(base)), 0)


def _encoded(breakers: Sequence[str]) -> tuple[bytes, ...]:
    if isinstance(breakers, str):
        raise TypeError(f"breakers: {breakers!r} is one string; use a list of strings, [{breakers!r}]")
    wrong = [breaker for breaker in breakers if not isinstance(breaker, str)]
    if wrong:
        raise TypeError(f"breakers: {wrong[0]!r} is no string; use a list of strings")
    if "" in breakers:
        raise ValueError("breakers: an empty string would break after every token; leave it out")
    return tuple(breaker.encode() for breaker in breakers)
