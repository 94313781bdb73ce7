"""The sampler as people use it: prompts in, texts out, in batches or as a stream."""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterator, Sequence
from typing import Any, get_args

from sampler.backends.base import Backend
from sampler.decoding import Decoding
from sampler.draw import Draw, keyed_draw
from sampler.engine import run
from sampler.events import Event
from sampler.generation import Generation
from sampler.release import Release
from sampler.row import OnError, Request
from sampler.strategy import Strategy, adopted
from sampler.vocab import Prompt

DRAWS_PER_TOKEN = 20  # default work budget: a row may draw this many times its length limit

PromptLike = str | Sequence[int]


class BacktrackSampler:
    """Draws texts from `backend` under `strategy`.

    Every text's law depends on its prompt, id and these settings alone, never on the batch it was written in.
    `max_new_tokens` bounds kept tokens, `max_draws` bounds work (None: 20 x max_new_tokens) and is never refunded.
    `on_error` "raise": an exception out of the strategy is raised here; "record": its row ends with finish_reason
    "error", and the others go on. Logits that are no distribution always end their row alone.
    """

    def __init__(
        self,
        backend: Backend,
        strategy: Strategy[Any],
        decoding: Decoding | None = None,
        *,
        max_new_tokens: int = 200,
        max_draws: int | None = None,
        stop: Sequence[str] = (),
        seed: int = 0,
        batch_size: int = 16,
        on_error: OnError = "raise",
        draw: Draw = keyed_draw,
    ) -> None:
        self.backend = backend
        self.decoding = Decoding() if decoding is None else decoding
        if not isinstance(self.decoding, Decoding):
            raise TypeError(f"decoding: {decoding!r} is not a Decoding; use Decoding(temperature=…)")
        strategy = adopted(strategy)
        self.max_new_tokens = _at_least_one("max_new_tokens", max_new_tokens)
        default_draws = DRAWS_PER_TOKEN * max_new_tokens
        self.max_draws = default_draws if max_draws is None else _at_least_one("max_draws", max_draws)
        self.batch_size = _at_least_one("batch_size", batch_size)
        self.seed = _integer("seed", seed)
        self.stop = _stops(stop)
        self.on_error = _policy(on_error)
        strategy.check(self.decoding)
        self.strategy = strategy.bind(backend.vocab)
        self._draw = draw

    def generate(
        self,
        prompts: Sequence[PromptLike],
        ids: Sequence[str] | None = None,
        *,
        units: Sequence[Hashable] | None = None,
    ) -> list[Generation]:
        """Write one text per prompt, in the prompts' order. Prompts are texts or lists of token ids.

        `ids` name the random draws (default "0", "1", …): the same id gives the same text again, and equal prompts
        under different ids are distinct samples.

        `units` (one value per prompt) says which texts belong together: those of one unit share a prompt and are
        written one after the other, each by what the one before leaves behind (`Strategy.after`). Such a text depends
        on its id and on those before it in its unit.
        """
        names = _ids(prompts, ids)
        done = {generation.id: generation for generation in self.as_completed(prompts, names, units=units)}
        return [done[name] for name in names]

    def as_completed(
        self,
        prompts: Sequence[PromptLike],
        ids: Sequence[str] | None = None,
        *,
        units: Sequence[Hashable] | None = None,
    ) -> Iterator[Generation]:
        """Like `generate`, but yields each text as soon as it is finished, in whatever order that happens."""
        names = _ids(prompts, ids)
        members = _units(prompts, units)
        requests = [self._request(prompts[unit[0]], *(names[i] for i in unit)) for unit in members]
        for step in run(self.backend, requests, self._draw, self.batch_size):
            if step.row.finished:
                yield Generation.of(step.row)

    def stream(self, prompt: PromptLike, id: str = "0") -> Iterator[str]:
        """Write one text and yield it in pieces as they settle: nothing yielded is ever taken back."""
        release = None
        for step in run(self.backend, [self._request(prompt, id)], self._draw, 1):
            release = release or Release(step.row)
            if piece := release.next_piece():
                yield piece

    def trace(self, prompt: PromptLike, id: str = "0") -> Generator[Event, None, None]:
        """Write one text and yield all that happens to it, draws and rewinds and what the model did, to `Finished`.

        Its text and its cost are folds over these events: `Cost.of(sampler.trace(prompt))`. Closing it early ends it.
        """
        for step in run(self.backend, [self._request(prompt, id)], self._draw, 1):
            yield from step.events

    def _request(self, prompt: PromptLike, name: str, *then: str) -> Request:
        encoded = self.backend.vocab.prompt(prompt)
        room = self._room(encoded, name)
        return Request(
            id=name,
            prompt=encoded,
            strategy=self.strategy,
            decoding=self.decoding,
            max_tokens=min(self.max_new_tokens, room),
            max_draws=self.max_draws,
            stop=self.stop,
            seed=self.seed,
            on_error=self.on_error,
            then=then,
        )

    def _room(self, prompt: Prompt, name: str) -> int:
        """Tokens that fit behind the prompt."""
        room = self.backend.caps.max_len - len(prompt.tokens)
        if room < 1:
            raise ValueError(
                f"prompt {name!r}: {len(prompt.tokens)} tokens leave no room in the model's context of "
                f"{self.backend.caps.max_len}; shorten the prompt or load the model with a larger context"
            )
        return room


def _ids(prompts: Sequence[PromptLike], ids: Sequence[str] | None) -> list[str]:
    if isinstance(prompts, str):
        raise TypeError(f"prompts: {prompts!r} is one text; use a list of prompts")
    names = [str(i) for i in range(len(prompts))] if ids is None else list(ids)
    if len(names) != len(prompts):
        raise ValueError(f"ids: {len(names)} for {len(prompts)} prompts; give one per prompt")
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"ids: {next(n for n in names if not isinstance(n, str))!r} is not a string")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"ids: {twice!r} appears twice; equal ids would draw equal texts")
    return names


def _units(prompts: Sequence[PromptLike], units: Sequence[Hashable] | None) -> list[list[int]]:
    """Numbers of the prompts, unit by unit, in the order of their first."""
    if units is None:
        return [[i] for i in range(len(prompts))]
    if len(units) != len(prompts):
        raise ValueError(f"units: {len(units)} for {len(prompts)} prompts; give one per prompt")
    members: dict[Hashable, list[int]] = {}
    for i, unit in enumerate(units):
        members.setdefault(unit, []).append(i)
        if prompts[i] != prompts[members[unit][0]]:
            raise ValueError(f"units: {unit!r} holds different prompts; what a text has learned holds for its own only")
    return list(members.values())


def _integer(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: {value!r} is not an integer")
    return value


def _at_least_one(name: str, value: int) -> int:
    if _integer(name, value) < 1:
        raise ValueError(f"{name}: {value} is below 1; use a positive integer")
    return value


def _policy(on_error: OnError) -> OnError:
    if on_error not in get_args(OnError):
        raise ValueError(f"on_error: {on_error!r} is unknown; use one of {', '.join(get_args(OnError))}")
    return on_error


def _stops(stop: Sequence[str]) -> tuple[str, ...]:
    if isinstance(stop, str):
        raise TypeError(f"stop: {stop!r} is one string; use a tuple of strings, ({stop!r},)")
    stops = tuple(stop)
    for entry in stops:
        if not isinstance(entry, str):
            raise TypeError(f"stop: {entry!r} is not a string")
        if not entry:
            raise ValueError("stop: an empty string would end every text at once; leave it out")
    return stops
