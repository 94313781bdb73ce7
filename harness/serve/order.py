"""From a client's request to the engine's: prompts, strategy and decoding, with the server's settings underneath."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.config.settings import StrategySettings
from harness.errors import InputError
from harness.inputs.prompts import Message
from harness.planning.arm import build_strategy, label_of
from harness.planning.plan import Job
from harness.planning.readers import Reader
from harness.plugins.constructor import INNER, PARTS
from harness.serve.wire import Asked, ChatAsked, CompletionAsked
from sampler import Decoding
from sampler.backends import Backend
from sampler.backtrack import DRAWS_PER_TOKEN
from sampler.row import Request

ASKS = "human_guidance"  # a person at the server's terminal


@dataclass(frozen=True)
class Order:
    """The texts of one client's request, in the order of its choices."""

    requests: tuple[Request, ...]
    strategy: str
    seed: int
    prompt_tokens: int  # of all prompts together


@dataclass(frozen=True)
class Kitchen:
    """What the server was started with."""

    job: Job
    reader: Reader
    backend: Backend

    def order(self, asked: CompletionAsked | ChatAsked) -> Order:
        """Raise ValueError (InputError among them) for what cannot be written."""
        prompts = [self._chat(asked)] if isinstance(asked, ChatAsked) else list(map(self._plain, asked.prompts))
        if not prompts:
            raise InputError("prompt", [], "is empty; give a text, or a list of texts")
        settings = self._strategy(asked)
        strategy, decoding = build_strategy(settings, self._lists(asked)), self._decoding(asked)
        strategy.check(decoding)
        bound = strategy.bind(self.backend.vocab)
        seed = secrets.randbits(63) if asked.seed is None else asked.seed
        longest = asked.max_tokens or self.job.settings.decoding.max_new_tokens
        requests = [
            Request(
                id=str(i * asked.n + k),
                prompt=self.backend.vocab.prompt(tokens),
                strategy=bound,
                decoding=decoding,
                max_tokens=min(longest, self._room(tokens)),
                max_draws=asked.backtrack.max_draws or self.job.settings.max_draws or DRAWS_PER_TOKEN * longest,
                stop=(*self.job.settings.stop, *asked.stops),
                seed=seed,
                on_error="record",
            )
            for i, tokens in enumerate(prompts)
            for k in range(asked.n)
        ]
        return Order(tuple(requests), label_of(settings), seed, sum(map(len, prompts)))

    def _plain(self, prompt: str | Sequence[int]) -> Sequence[int]:
        return self.reader.encode(prompt) if isinstance(prompt, str) else prompt

    def _chat(self, asked: ChatAsked) -> Sequence[int]:
        turns = tuple(Message(turn.speaker, turn.text) for turn in asked.messages)
        try:
            return self.reader.encode_rendered(self.reader.render(turns))
        except InputError as error:  # it names a dataset's setting, which no client has
            raise InputError("messages", len(turns), f"{error.problem}, at /v1/completions") from None

    def _room(self, tokens: Sequence[int]) -> int:
        room = self.backend.caps.max_len - len(tokens)
        if not tokens or room < 1:
            raise InputError(
                "prompt", f"{len(tokens)} tokens", f"must be from 1 to {self.backend.caps.max_len - 1}: the context"
            )
        return room

    def _strategy(self, asked: Asked) -> StrategySettings:
        given = asked.backtrack.strategy
        if given is None:
            return self.job.settings.strategy
        group = {"name": given} if isinstance(given, str) else given
        if ASKS in _names(group):
            raise InputError("backtrack.strategy", ASKS, "asks a person at a terminal, and a server has none")
        if not isinstance(group.get("name"), str):
            raise InputError("backtrack.strategy", group, "must be a strategy's name, or a group with its name")
        return StrategySettings(group["name"], {key: value for key, value in group.items() if key != "name"})

    def _lists(self, asked: Asked) -> Mapping[str, Any]:
        own = {"phrases": asked.backtrack.phrases, "regexes": asked.backtrack.regexes}
        return {**self.job.lists, **{name: entries for name, entries in own.items() if entries is not None}}

    def _decoding(self, asked: Asked) -> Decoding:
        own, more = self.job.settings.decoding, asked.backtrack.model_fields_set
        return Decoding(
            temperature=own.temperature if asked.temperature is None else asked.temperature,
            top_k=asked.backtrack.top_k if "top_k" in more else own.top_k,
            top_p=asked.top_p if "top_p" in asked.model_fields_set else own.top_p,
            min_p=asked.backtrack.min_p if "min_p" in more else own.min_p,
        )


def _names(group: Mapping[str, Any]) -> set[str]:
    """The strategy's name and those of its parts."""
    names = {str(group.get("name"))}
    for part in [group.get(INNER), *(group[PARTS] if isinstance(group.get(PARTS), list) else [])]:
        if isinstance(part, str | dict):
            names |= _names({"name": part} if isinstance(part, str) else part)
    return names
