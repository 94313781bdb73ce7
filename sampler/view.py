"""What a strategy may see of a row. Read-only by contract; valid during the call it was made for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor

from sampler.draw import Draw, Key
from sampler.row import Row

if TYPE_CHECKING:
    from sampler.vocab import Prompt

Final = Literal["eos", "length", "stop"]


class _Parts(Sequence[Any]):
    """A part's own states among those of a composed strategy, picked when they are asked for."""

    def __init__(self, states: Sequence[Any], own: Callable[[Any], Any]) -> None:
        self._states, self._own = states, own

    def __len__(self) -> int:
        return len(self._states)

    def __getitem__(self, index: Any) -> Any:
        picked = self._states[index]
        return _Parts(picked, self._own) if isinstance(index, slice) else self._own(picked)


@dataclass(frozen=True, eq=False)
class View:
    """A row as it stands if the token just drawn is accepted (in `shape` and `exhausted`: before a draw)."""

    _row: Row
    _draw: Draw
    position: int  # of the draw this is about
    attempt: int  # draws made at this position in this row before, rewinds included
    final: Final | None = None  # the text ends here if this token is accepted: right boundaries are decided now
    end: int = 0  # characters of the text that will be kept; a stop string is cut off
    forced: bool = False  # this token was pushed, not drawn
    _own: Callable[[Any], Any] | None = None  # picks a strategy's own part of a composed state

    # -- tokens and text -------------------------------------------------------------------------------------------

    @property
    def prompt(self) -> Prompt:
        return self._row.request.prompt

    @property
    def tokens(self) -> Sequence[int]:
        """The continuation's ids, the one just drawn included."""
        return self._row.tokens

    @property
    def text(self) -> str:
        """The continuation as it will be kept if it ends here."""
        return self._row.text.between(0, self.end)

    @property
    def piece(self) -> str:
        """Characters completed by the last token and kept."""
        return self.text_from(len(self.tokens) - 1)

    def text_from(self, token: int) -> str:
        """Kept characters completed by tokens `token` and later."""
        start = self._row.text.start(token)
        return self._row.text.between(start, self.end) if self.end > start else ""

    def start(self, token: int) -> int:
        """Offset of the first character completed by token `token`; characters count from the continuation's start."""
        return self._row.text.start(token)

    def char(self, offset: int) -> str:
        """The character at `offset`, whether kept or not; negative offsets reach into the prompt; "" outside."""
        return self._row.text.char(offset)

    def token_at(self, offset: int) -> int:
        """The token in which the character at `offset` begins; 0 for a character of the prompt."""
        return self._row.text.token_at(offset)

    def tokens_within(self, offset: int) -> int:
        """How many leading tokens have all their text before `offset`."""
        return self._row.text.tokens_within(offset)

    @property
    def whole(self) -> bool:
        """The text ends on a whole character: no bytes wait for more."""
        return not self._row.text.pending

    # -- the model's row for `position` ----------------------------------------------------------------------------

    @property
    def logits(self) -> Tensor:
        """Raw logits [V] that this draw is or was made from."""
        return self._row.held[self.position].arrived()

    @property
    def logprobs(self) -> Tensor:
        """Log-probs [V] float64 at the row's temperature, before shape, bans and truncation."""
        return self._row.held[self.position].tempered(self.divisor)

    @property
    def divisor(self) -> float:
        """What this row's logits are divided by: its temperature, 1 where it is greedy."""
        return self._row.request.decoding.divisor

    def logprob(self, token: int) -> float:
        """Nats of token number `token` of the continuation under the unmodified model."""
        return self._row.logprobs[token]

    # -- history ---------------------------------------------------------------------------------------------------

    @property
    def states(self) -> Sequence[Any]:
        """The strategy's own states: `states[i]` stood before token i."""
        states = self._row.states
        return states if self._own is None else _Parts(states, self._own)

    @property
    def released(self) -> int:
        """Tokens that are settled: no rewind may go below."""
        return self._row.released

    def given(self, at: int) -> frozenset[str]:
        """Reasons (`Rewind.why`) of the biases in force under the exact prefix `tokens[:at]`."""
        return self._row.bans.reasons(self._row.tokens, at)

    def lifted(self, at: int) -> bool:
        """The bans under the exact prefix `tokens[:at]` were lifted because nothing else was left."""
        return self._row.bans.lifted(self._row.tokens, at)

    @property
    def draws_left(self) -> int:
        return self._row.request.max_draws - self._row.drawn

    @property
    def tokens_left(self) -> int:
        return self._row.request.max_tokens - len(self._row.tokens)

    # -- chance and composition ------------------------------------------------------------------------------------

    def choose(self, probs: Sequence[float]) -> int:
        """A random decision through the injected draw: index i with probability probs[i] / sum."""
        nth = self._row.next_choice(self.position, self.attempt)
        key = Key(self._row.request.seed, self._row.request.id, self.position, self.attempt, nth)
        return self._draw(torch.tensor(probs, dtype=torch.float64), key)

    def of(self, own: Callable[[Any], Any]) -> View:
        """The same view for a part of a composed strategy, whose states are `own(state)`."""
        outer = self._own
        return replace(self, _own=own if outer is None else lambda state: own(outer(state)))
