"""A person writes with the model: every token is chosen from a menu, and there is a way back."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from copy import copy
from typing import Final, Literal, NamedTuple, Self

from sampler import Accept, Decision, Decoding, Prompt, Rewind, Shape, Stop, Strategy, View, Vocab

GO_BACK: Final = "go back"
STOP: Final = "stop"
NO_CHOICE = -1


class Option(NamedTuple):
    """A token that may be chosen."""

    token: int
    text: str  # what it adds; bytes of an incomplete character as \\xe2; the name of a token that ends the text
    probability: float  # at the row's temperature, before truncation and bans
    ends: bool  # it ends the text


class Menu(NamedTuple):
    """What a person is asked: how does this text go on?"""

    prompt: str
    text: str  # written so far
    options: tuple[Option, ...]  # most probable first
    can_go_back: bool  # something was chosen before
    can_stop: bool  # the vocabulary can end a text


Choice = int | Literal["go back", "stop"]  # an index into `options`, GO_BACK or STOP
Ask = Callable[[Menu], Choice]


class HumanGuidance(Strategy[int]):
    """Asks which of the `top_k` most probable tokens comes next; GO_BACK takes back the newest choice and asks again.

    Law: none; a person chooses. A token is drawn from a row in which it alone is left, so a choice is one draw. A
    person who goes back leaves nothing in the row: then nothing is drawn, and `exhausted` rewinds. Nothing settles
    before the end. The most probable token is taken without asking where its probability is at least
    `min_autopass`; going back goes behind such tokens, to where a choice was made. STOP draws the end of the text,
    whether it is among the `top_k` or not. The state is the position of the newest choice.
    """

    def __init__(self, top_k: int = 3, min_autopass: float = 1.0, ask: Ask | None = None) -> None:
        """`ask` answers for the person; None asks with a menu on this terminal."""
        if isinstance(top_k, bool) or not isinstance(top_k, int):
            raise TypeError(f"top_k: {top_k!r} is not an integer")
        if top_k < 1:
            raise ValueError(f"top_k: {top_k} is below 1; offer at least one token")
        if not 0 <= min_autopass <= 1:
            raise ValueError(f"min_autopass: {min_autopass} is outside [0, 1]; 0 never asks, 1 only where all is sure")
        if ask is not None and not callable(ask):
            raise TypeError(f"ask: {ask!r} is no function of a Menu; leave it out to be asked on the terminal")
        self.top_k, self.min_autopass = top_k, min_autopass
        self.ask: Ask = ask or _ask_on_terminal
        self._vocab: Vocab | None = None

    def check(self, decoding: Decoding) -> None:
        if self.ask is _ask_on_terminal and not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise ValueError(
                "ask: nobody can answer here, standard input and output are no terminal; run it in one "
                '(python -m harness.watch "prompt" strategy=human_guidance), or pass a function as ask='
            )

    def bind(self, vocab: Vocab) -> Self:
        bound = copy(self)
        bound._vocab = vocab
        return bound

    def init(self, prompt: Prompt) -> int:
        return NO_CHOICE

    def shape(self, state: int, view: View) -> Shape:
        token = int(view.logprobs.argmax()) if self._passes(view) else self._asked(state, view)
        row = view.logprobs.new_full(view.logprobs.shape, -math.inf)
        if token is not None:
            row[token] = 0.0
        return Shape(row=row)

    def step(self, state: int, view: View) -> tuple[int, Decision]:
        is_chosen = not view.forced and not self._passes(view)
        return len(view.tokens) - 1 if is_chosen else state, Accept(settled=False)

    def exhausted(self, state: int, view: View) -> tuple[int, Decision]:
        if state == NO_CHOICE:
            return state, Stop("exhausted")
        return view.states[state], Rewind(state, GO_BACK)

    def _passes(self, view: View) -> bool:
        """The most probable token is taken without asking."""
        return float(view.logprobs.max().exp()) >= self.min_autopass

    def _asked(self, state: int, view: View) -> int | None:
        """The token that the person wants; None: to go back."""
        vocab = self._bound_vocab()
        menu = Menu(view.prompt.text, view.text, self._options(view), state != NO_CHOICE, bool(vocab.eos))
        match self.ask(menu):
            case "go back" if menu.can_go_back:
                return None
            case "stop" if menu.can_stop:
                return max(sorted(vocab.eos), key=lambda token: float(view.logprobs[token]))
            case int(index) if 0 <= index < len(menu.options):
                return menu.options[index].token
            case choice:
                raise ValueError(f"ask: {choice!r} is no choice of {menu}; return an index, GO_BACK or STOP")

    def _options(self, view: View) -> tuple[Option, ...]:
        logprobs, tokens = view.logprobs.sort(descending=True, stable=True)
        best = zip(tokens[: self.top_k].tolist(), logprobs[: self.top_k].exp().tolist(), strict=True)
        return tuple(self._option(token, probability) for token, probability in best if probability > 0)

    def _option(self, token: int, probability: float) -> Option:
        vocab = self._bound_vocab()
        data = vocab.pieces[token] if token < len(vocab.pieces) else b""
        return Option(token, data.decode("utf-8", "backslashreplace"), probability, token in vocab.eos)

    def _bound_vocab(self) -> Vocab:
        assert self._vocab is not None, "HumanGuidance is used before it is bound to a vocabulary"
        return self._vocab


def _ask_on_terminal(menu: Menu) -> Choice:
    # Here, because prompt_toolkit takes a moment that other strategies need not wait for.
    from strategies.token_menu import ask_on_terminal

    return ask_on_terminal(menu)
