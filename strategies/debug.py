"""See another strategy think: every draw and every decision as a note in the events."""

from __future__ import annotations

from copy import copy
from typing import Any, Self

from sampler import Accept, Decision, Decoding, Prompt, Rewind, Shape, Stop, Strategy, View, Vocab, adopted


class Debug(Strategy[Any]):
    """Does what `strategy` does, and notes for each draw the `top_k` most probable tokens and what was decided:

        3: ' cat' 0.52  ' dog' 0.31 | ' dog' kept
        4: ' sat' 0.97  ' ran' 0.02 | ' sat' rewind to 2, phrase:dog sat

    The number is the position. Probabilities are those of the row at the draw's temperature, before shape, bans and
    truncation: what the model wanted.

    Law: that of `strategy`.
    """

    def __init__(self, strategy: Strategy[Any], top_k: int = 3) -> None:
        if top_k < 1:
            raise ValueError(f"top_k: {top_k} is below 1; note at least one token")
        self.strategy, self.top_k = adopted(strategy), top_k
        self._vocab: Vocab | None = None

    def check(self, decoding: Decoding) -> None:
        self.strategy.check(decoding)

    def bind(self, vocab: Vocab) -> Self:
        bound = copy(self)
        bound.strategy, bound._vocab = self.strategy.bind(vocab), vocab
        return bound

    def init(self, prompt: Prompt) -> Any:
        return self.strategy.init(prompt)

    def shape(self, state: Any, view: View) -> Shape:
        return self.strategy.shape(state, view)

    def step(self, state: Any, view: View) -> tuple[Any, Decision]:
        after, decision = self.strategy.step(state, view)
        drawn = f"{self._shown(view.tokens[-1])}{' forced' if view.forced else ''}"
        return after, _noted(decision, f"{view.position}: {self._wanted(view)} | {drawn} {_said(decision)}")

    def exhausted(self, state: Any, view: View) -> tuple[Any, Decision]:
        after, decision = self.strategy.exhausted(state, view)
        return after, _noted(decision, f"{view.position}: nothing left | {_said(decision)}")

    def _wanted(self, view: View) -> str:
        probs = view.logprobs.exp()
        top = probs.topk(min(self.top_k, len(probs)))
        pairs = zip(top.indices.tolist(), top.values.tolist(), strict=True)
        return "  ".join(f"{self._shown(token)} {prob:.2f}" for token, prob in pairs)

    def _shown(self, token: int) -> str:
        assert self._vocab is not None, "Debug.step: bind was not called"
        if token in self._vocab.eos:
            return "<end>"
        return repr(self._vocab.bytes_of(token).decode("utf-8", "backslashreplace"))


def _said(decision: Decision) -> str:
    match decision:
        case Accept(settled=settled):
            return "settled" if settled else "kept"
        case Rewind(to=to, why=why):
            return f"rewind to {to}, {why}"
        case Stop(why=why):
            return f"stop, {why}"


def _noted(decision: Decision, trace: str) -> Decision:
    """The decision with `trace` behind whatever note it has."""
    return decision._replace(note="; ".join(filter(None, (decision.note, trace))))
