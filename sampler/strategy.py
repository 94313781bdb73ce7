"""The contract of a strategy: a pure fold over tokens that says Accept, Rewind or Stop.

A strategy *may read* the View; *may return* a Decision; *may keep* nothing but its state, an immutable, hashable
value that the engine stores once per position. A rewind cuts those states with the tokens, so no strategy can
forget to undo. One instance serves every row; it owns no backend, generator, counter or `reset`.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeVar

from sampler.decision import Decision, Shape, Stop
from sampler.vocab import Prompt, Vocab

if TYPE_CHECKING:
    from sampler.decoding import Decoding
    from sampler.view import View

S = TypeVar("S")


class Strategy(Protocol[S]):
    """Subclass it and write `init` and `step`; the rest has defaults.

    The docstring of a strategy names the distribution it draws from, or says that none is known.
    """

    # Raise it when equal settings and seeds may give other texts than before: samples of the old one are then not
    # continued by the new one.
    revision: ClassVar[int] = 1

    def check(self, decoding: Decoding) -> None:
        """Raise ValueError where these decoding settings would make the strategy loop or mean nothing."""
        return  # said outright, or type checkers take an empty body for an abstract method

    def bind(self, vocab: Vocab) -> Self:
        """Called once per sampler: encode what must be token ids. Returns the bound strategy."""
        return self

    def init(self, prompt: Prompt) -> S:
        """The state before the first draw."""
        ...

    def shape(self, state: S, view: View) -> Shape:
        """Before a draw: how to bend the model's row. Sees the same tempered row whoever else is in a chain."""
        return Shape()

    def step(self, state: S, view: View) -> tuple[S, Decision]:
        """After a draw: the state after this token and what to do about it.

        The state returned with a Rewind replaces the one at `to`, and lives as long as that prefix.
        """
        ...

    def exhausted(self, state: S, view: View) -> tuple[S, Decision]:
        """Every token is banned here. Stop ends the row, Accept lifts the bans at this prefix, Rewind goes back."""
        return state, Stop("exhausted")

    def after(self, state: S) -> Self:
        """The strategy that writes the next repeat of the same prompt; `state` stood before the first token at the end.

        Called on the bound strategy, and only where repeats are written as a unit, one after the other. What a text
        has learned for the whole row, across rewinds to 0, stands in that state.
        """
        return self


def learns(strategy: Strategy[Any]) -> bool:
    """Whether repeats of a prompt hand something on, so that they must be written in order."""
    return type(strategy).after is not Strategy.after


def adopted(strategy: Any) -> Strategy[Any]:
    """`strategy` itself if it subclasses Strategy; else one that has the defaults for what it leaves out.

    Raises TypeError for what is no strategy instance.
    """
    if isinstance(strategy, type) or not all(callable(getattr(strategy, name, None)) for name in ("init", "step")):
        raise TypeError(f"strategy: {strategy!r} is no strategy instance; use e.g. Plain(), or write `init` and `step`")
    if Strategy in type(strategy).__mro__:
        return strategy  # type: ignore[no-any-return]
    adopter = type(type(strategy).__name__, (type(strategy), Strategy), {})
    twin = copy(strategy)
    twin.__class__ = adopter
    return twin  # type: ignore[no-any-return]
