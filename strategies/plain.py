"""The baseline that never goes back."""

from __future__ import annotations

from sampler import Accept, Decision, Prompt, Strategy, View


class Plain(Strategy[None]):
    """Draws from the model under the decoding settings, and keeps every token.

    Law: the model's own, after temperature and truncation.
    """

    def init(self, prompt: Prompt) -> None:
        return None

    def step(self, state: None, view: View) -> tuple[None, Decision]:
        return None, Accept(settled=True)
