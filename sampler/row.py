"""One text being written: stacks that a rewind cuts together, and a few things that no rewind touches."""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from torch import Tensor

from sampler.bans import Bans
from sampler.decoding import Decoding
from sampler.errors import BadLogitsError, ContractError
from sampler.events import Committed, Event, Finished, FinishReason
from sampler.logits import ARRIVED, Arrival, LogitsRow
from sampler.memory import is_memory
from sampler.strategy import Strategy
from sampler.text import TextStack
from sampler.vocab import Prompt, Vocab

OnError = Literal["raise", "record"]

WINDOW = 64  # logits rows held for unsettled positions: WINDOW x V x 4 bytes a row, and position 0


@dataclass(frozen=True)
class Request:
    """Everything a row is to be written with. Rows of one batch may differ in all of it."""

    id: str
    prompt: Prompt
    strategy: Strategy[Any]  # bound
    decoding: Decoding
    max_tokens: int  # kept
    max_draws: int  # work, never refunded
    stop: tuple[str, ...] = ()
    seed: int = 0
    on_error: OnError = "raise"  # what becomes of an exception out of the strategy: "record" ends this row alone
    then: tuple[str, ...] = ()  # ids of further texts of this prompt, each written when the one before is finished


def recorded(error: Exception, request: Request) -> Exception:
    """The error, if it ends this text alone; else it is raised and ends them all.

    Memory is nobody's fault: the text that met its end would have been another with more of it.
    """
    if isinstance(error, BadLogitsError) or (request.on_error == "record" and not is_memory(error)):
        return error
    raise error


@dataclass(eq=False)
class Row:
    """The engine's own record of one request. Positions are absolute in the continuation."""

    request: Request
    vocab: Vocab

    # cut by a rewind, all to the same length
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)  # nats, base model
    states: list[Any] = field(default_factory=list)  # states[i] stands before token i; one more than tokens
    text: TextStack = field(init=False)
    born: list[int] = field(default_factory=list)  # draws made in this row when each token was drawn, its own included
    ban_nats: list[float] = field(default_factory=list)  # what bans cost at each token's draw
    held: dict[int, LogitsRow] = field(default_factory=dict)  # by position, unsettled ones only

    # never cut
    bans: Bans = field(default_factory=Bans)  # by exact prefix
    attempts: list[int] = field(default_factory=list)  # draws made, by position
    choices: dict[tuple[int, int], int] = field(default_factory=dict)  # the strategy's own, by position and attempt
    drawn: int = 0
    worked: float = 0.0  # seconds spent on draws and decisions
    judged: float = 0.0  # of these, seconds spent by the strategy
    released: int = 0  # tokens that nothing takes back any more
    forced: tuple[int, ...] = ()  # to be pushed before the next draw
    stuck: bool = False  # no token is possible here, and the strategy knows no way out
    broken: Exception | None = None  # out of the strategy before the first draw: the text ends there
    events: list[Event] = field(default_factory=list)
    finished: Finished | None = None

    # the model: what it was asked last, and its cache
    arrival: Arrival = ARRIVED
    cached: int = 0  # leading tokens of prompt + continuation that the slot holds
    seen: int = 0  # leading tokens of prompt + continuation that were fed at least once

    def __post_init__(self) -> None:
        self.text = TextStack(self.request.prompt.text, self.request.prompt.pending)
        if self.broken:
            self.states = [None]
        if not self.states:
            self.states = [self._first_state()]

    def _first_state(self) -> Any:
        try:
            return self.request.strategy.init(self.request.prompt)
        except Exception as error:
            self.broken = recorded(error, self.request)

    def following(self) -> Row | None:
        """The next text of the unit, if there is one, once this one is finished."""
        if not self.request.then:
            return None
        request = replace(self.request, id=self.request.then[0], then=self.request.then[1:])
        if self.broken:
            return Row(request, self.vocab, broken=self.broken)
        try:
            strategy = request.strategy.after(self.states[0])
        except Exception as error:
            return Row(request, self.vocab, broken=recorded(error, request))
        return Row(replace(request, strategy=strategy), self.vocab)

    @property
    def attempt(self) -> int:
        """Draws made at the next position so far."""
        return self.attempts[len(self.tokens)] if len(self.tokens) < len(self.attempts) else 0

    @property
    def ending(self) -> FinishReason | None:
        """Why no draw follows, if none does."""
        if self.drawn >= self.request.max_draws:
            return "budget"
        return "exhausted" if self.stuck else None

    @property
    def wanted(self) -> int:
        """The position whose logits are needed: the next draw's; where none follows, the last token's, judged again."""
        return len(self.tokens) - (self.ending is not None)

    @property
    def ready(self) -> bool:
        """What comes next needs no model: its logits are held."""
        return self.finished is None and (self.wanted in self.held or self.wanted < self.released)

    def push(self, token: int, logprob: float, ban_nats: float = 0.0) -> None:
        """Count a draw and append its token; its state follows with `enter`."""
        position = len(self.tokens)
        self.attempts[position : position + 1] = [self.attempt + 1]
        self.drawn += 1
        data = self.vocab.bytes_of(token) if self.tokens else self.vocab.first_bytes(token, self.request.prompt)
        self.logprobs.append(logprob)
        self.tokens.append(token)
        self.born.append(self.drawn)
        self.ban_nats.append(ban_nats)
        self.text.push(data)

    def clock(self) -> float:
        """Seconds that stand still while the model is waited for."""
        return time.perf_counter() - self.arrival.waited

    def next_choice(self, position: int, attempt: int) -> int:
        """Count a random decision of the strategy about one draw: 1, 2, …, however often the strategy is asked."""
        nth = self.choices.get((position, attempt), 0) + 1
        self.choices[position, attempt] = nth
        return nth

    def enter(self, state: Any) -> None:
        """Store the strategy's state after the last token."""
        self.states.append(state)

    def truncate(self, to: int, state: Any) -> None:
        """Cut every stack to `to` tokens; `state` replaces the one that stood there."""
        if not self.released <= to <= len(self.tokens):
            raise ContractError(
                f"row {self.request.id}: rewind to {to} is outside {self.released}..{len(self.tokens)} "
                "(settled tokens .. tokens); a strategy must not call settled what it may take back"
            )
        del self.tokens[to:], self.logprobs[to:], self.states[to:], self.born[to:], self.ban_nats[to:]
        self.states.append(state)
        self.stuck = False
        self.text.truncate(to)
        self.held = {position: row for position, row in self.held.items() if position <= to}
        self.cached = min(self.cached, len(self.request.prompt.tokens) + to)
        self.seen = min(self.seen, len(self.request.prompt.tokens) + to)

    def release(self) -> Committed:
        """Settle everything written so far."""
        held_back = tuple(self.drawn - born for born in self.born[self.released :])
        nats = sum(self.ban_nats[self.released :])
        self.released = len(self.tokens)
        self.held = {position: row for position, row in self.held.items() if position >= self.released}
        return Committed(self.released, held_back, nats)

    def finish(self, reason: FinishReason, error: str = "") -> Finished:
        self.finished = Finished(reason, error)
        self.held = {}
        return self.finished

    # -- between the row and the model -----------------------------------------------------------------------------

    def pending(self) -> tuple[int, tuple[int, ...]]:
        """What the model must be fed for the `wanted` logits: (tokens of the slot to keep, tokens to feed)."""
        n_prompt, wanted = len(self.request.prompt.tokens), self.wanted
        total = n_prompt + wanted
        keep = min(self.cached, max(total - 1, 0))  # logits come from feeding at least the last token
        if keep >= n_prompt:
            return keep, tuple(self.tokens[keep - n_prompt : wanted])
        return keep, self.request.prompt.tokens[keep:] + tuple(self.tokens[:wanted])

    def receive(self, logits: Tensor, arrival: Arrival = ARRIVED) -> int:
        """Take the `wanted` logits [V], as a view into the batch; what `borrowed` names must be copied.

        Returns how many tokens the model has read for the first time.
        """
        position = self.wanted
        self.cached = len(self.request.prompt.tokens) + position
        read = max(self.cached - self.seen, 0)
        self.seen += read
        self.arrival = arrival
        self.held[position] = LogitsRow(logits, arrival)
        self.held.pop(position - WINDOW if position > WINDOW else -1, None)
        return read

    def borrowed(self) -> tuple[int, LogitsRow] | None:
        """The one held row that still is a view into the last batch, with its position; None if none is."""
        position = max(self.held, default=-1)
        return (position, self.held[position]) if position >= 0 and self.held[position].borrowed else None

    # -- for exact enumeration -------------------------------------------------------------------------------------

    def copy(self) -> Row:
        """A twin that shares only what is never written: logits rows and immutable values."""
        twin = Row(self.request, self.vocab, self.tokens.copy(), self.logprobs.copy(), self.states.copy())
        twin.text, twin.held, twin.bans = self.text.copy(), self.held.copy(), self.bans.copy()
        twin.born, twin.ban_nats = self.born.copy(), self.ban_nats.copy()
        twin.attempts, twin.choices, twin.events = self.attempts.copy(), self.choices.copy(), self.events.copy()
        for name in (
            "drawn",
            "worked",
            "judged",
            "released",
            "forced",
            "stuck",
            "broken",
            "finished",
            "arrival",
            "cached",
            "seen",
        ):
            setattr(twin, name, getattr(self, name))
        return twin

    def fingerprint(self) -> Hashable:
        """Rows with equal fingerprints have the same future, save for what counts draws."""
        place = (tuple(self.tokens), tuple(self.states), self.bans.frozen())
        return (*place, self.forced, self.stuck, self.released, self.finished)
