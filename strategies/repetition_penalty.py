"""Make every token that has been written less likely, once: the penalty of CTRL."""

from __future__ import annotations

import math

from sampler import Accept, Decision, Prompt, Shape, Strategy, View


class RepetitionPenalty(Strategy[None]):
    """Divides the raw logit of each token seen so far by `penalty` if it is positive, else multiplies it by it.

    (Keskar et al. 2019, arXiv 1909.05858, section 4.1, in the form that transformers gave it.) The rule acts before
    the temperature, and so depends on where the model puts its zero. `include_prompt`: the prompt's tokens count as
    seen.

    Law: at every position softmax(penalised logits / temperature), then truncation. It never goes back.
    """

    def __init__(self, penalty: float = 1.1, include_prompt: bool = True) -> None:
        if not 0 < penalty < math.inf:
            raise ValueError(f"penalty: {penalty} is no positive number; 1 changes nothing, 1.1 is usual")
        self.penalty, self.include_prompt = penalty, include_prompt

    def init(self, prompt: Prompt) -> None:
        return None

    def shape(self, state: None, view: View) -> Shape:
        seen = set(view.tokens)
        if self.include_prompt:
            seen.update(view.prompt.tokens)
        ids = sorted(seen)
        raw = view.logits[ids].double()
        penalised = (raw / self.penalty).where(raw > 0, raw * self.penalty)
        nats = ((penalised - raw) / view.divisor).nan_to_num(nan=0.0)  # -inf stays -inf: it needs no bias
        return Shape(bias=dict(zip(ids, nats.tolist(), strict=True)))

    def step(self, state: None, view: View) -> tuple[None, Decision]:
        return None, Accept(settled=True)
