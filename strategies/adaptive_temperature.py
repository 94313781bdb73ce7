"""Sharpen the distribution by its entropy: the less sure the model is, the more."""

from __future__ import annotations

from sampler import Accept, Decision, Prompt, Shape, Strategy, View

POLYNOMIAL = (-0.037, 0.481, -2.3, 4.917, -1.791)  # in the entropy, highest power first
SURE = 0.5  # nats: below this entropy nothing changes


class AdaptiveTemperature(Strategy[None]):
    """Multiplies the log-probs by β(H) >= 1, H the entropy of the row at the draw's temperature, in nats.

    β = max(polynomial(H), 1) for H > 0.5, else 1. (Veličković et al. 2024, "softmax is not enough (for sharp
    out-of-distribution)", arXiv 2410.01104, there called θ = 1/β.)

    Law: at every position p^β(H), normalised. It never goes back.
    """

    def init(self, prompt: Prompt) -> None:
        return None

    def shape(self, state: None, view: View) -> Shape:
        return Shape(scale=sharpness(entropy(view)))

    def step(self, state: None, view: View) -> tuple[None, Decision]:
        return None, Accept(settled=True)


def entropy(view: View) -> float:
    """Of the row that the next draw is made from, in nats."""
    logprobs = view.logprobs
    return float(-(logprobs.exp() * logprobs).nan_to_num(nan=0.0).sum())  # 0 · -inf counts as 0


def sharpness(entropy: float) -> float:
    """β: what the log-probs are multiplied by."""
    if entropy <= SURE:
        return 1.0
    value = 0.0
    for coefficient in POLYNOMIAL:
        value = value * entropy + coefficient
    return max(value, 1.0)
