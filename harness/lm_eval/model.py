"""The model "backtrack" of lm_eval 0.4: its texts are written by a strategy, its likelihoods are the model's own."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self

from lm_eval.api.instance import Instance
from lm_eval.api.model import TemplateLM
from lm_eval.api.registry import register_model
from lm_eval.models.utils import normalize_gen_kwargs
from lm_eval.utils import get_rolling_token_windows, make_disjoint_window, simple_parse_args_string

from harness.inputs.prompts import Message
from harness.lm_eval.job import job_of
from harness.planning.arm import build_strategy
from harness.planning.plan import Job
from harness.planning.readers import open_reader
from harness.planning.strategy_code import code_of
from harness.running.models import load_backend
from sampler import BacktrackSampler, Cost, Decoding, Generation

log = logging.getLogger(__name__)

READ = ("until", "max_gen_toks", "temperature", "top_k", "top_p", "min_p", "do_sample")
Pair = tuple[tuple[str, str], list[int], list[int]]  # texts, context's tokens, continuation's tokens


@register_model("backtrack")
class BacktrackLM(TemplateLM):  # type: ignore[misc]  # lm_eval is not typed
    """Answers lm_eval's requests.

    `generate_until` is the strategy's: stop strings, length and sampling are the task's, or `--gen_kwargs`.
    `loglikelihood` is of the model without the strategy, at temperature 1: a task that ranks given answers draws
    nothing, so no sampler can change it. The same settings and seed give the same texts, whatever the batch size.
    """

    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job = job
        self._reader = open_reader(job.settings.model, job.source)
        self._backend = load_backend(job.settings.model, job.source)
        self._rendered = False  # contexts are whole: a chat template wrote their special tokens
        self._cost = Cost()
        self._ends: Counter[str] = Counter()

    @classmethod
    def create_from_arg_string(cls, arg_string: str, additional_config: dict[str, Any] | None = None) -> Self:
        return cls.create_from_arg_obj(simple_parse_args_string(arg_string), additional_config)

    @classmethod
    def create_from_arg_obj(cls, arg_dict: dict[str, Any], additional_config: dict[str, Any] | None = None) -> Self:
        """Raise InputError for settings that no job could run with."""
        return cls(job_of(arg_dict, additional_config or {}))

    # -- texts -----------------------------------------------------------------------------------------------------

    def generate_until(self, requests: list[Instance], disable_tqdm: bool = False) -> list[str]:
        done: dict[str, str] = {}
        named = dict(zip(_names(requests), requests, strict=True))
        for settings, names in _alike(named):
            sampler = self._sampler(settings)
            prompts = [self._cut(named[name].args[0], sampler.max_new_tokens) for name in names]
            for generation in sampler.as_completed(prompts, names):
                done[generation.id] = self._answer(generation)
        return [done[name] for name in named]

    def _sampler(self, settings: Mapping[str, Any]) -> BacktrackSampler:
        """The strategy under one task's settings. Raise ValueError for what it refuses, such as no sampling at all."""
        own = self._job.settings
        decoding = Decoding(
            temperature=settings.get("temperature", 0.0),
            top_k=settings.get("top_k", 0),
            top_p=settings.get("top_p", 1.0),
            min_p=settings.get("min_p", 0.0),
        )
        return BacktrackSampler(
            self._backend,
            build_strategy(own.strategy, self._job.lists),
            decoding,
            max_new_tokens=settings["max_gen_toks"],
            max_draws=own.max_draws,
            stop=[text for text in settings["until"] if text],
            seed=own.seed,
            batch_size=own.batch_size,
            on_error="record",
        )

    def _cut(self, context: str, room: int) -> list[int]:
        """The last tokens of the context that leave `room` for an answer."""
        longest = self.max_length - room
        if longest < 1:
            raise ValueError(f"max_gen_toks: {room} leave no room for a prompt in a context of {self.max_length}")
        tokens = self.tok_encode(context)
        if len(tokens) > longest:
            log.warning("a context of %d tokens was cut to its last %d", len(tokens), longest)
        return tokens[-longest:]

    def _answer(self, generation: Generation) -> str:
        self._cost += generation.cost
        self._ends[generation.finish_reason] += 1
        if generation.error:
            log.warning("request %s ended early: %s", generation.id, generation.error)
        return generation.text

    # -- likelihoods -----------------------------------------------------------------------------------------------

    def _loglikelihood_tokens(
        self, requests: list[Pair], disable_tqdm: bool = False, **_: Any
    ) -> list[tuple[float, bool]]:
        return [self._scored(context, continuation) for _, context, continuation in requests]

    def loglikelihood_rolling(self, requests: list[Instance], disable_tqdm: bool = False) -> list[float]:
        return [sum(self._scored(*window)[0] for window in self._windows(each.args[0])) for each in requests]

    def _windows(self, text: str) -> Iterator[tuple[list[int], list[int]]]:
        tokens = self.tok_encode(text, add_special_tokens=False)
        windows = get_rolling_token_windows(tokens, self.prefix_token_id, self.max_length, context_len=1)
        return map(make_disjoint_window, windows)

    def _scored(self, context: Sequence[int], continuation: Sequence[int]) -> tuple[float, bool]:
        """Nats of the continuation, and whether greedy decoding would have written it."""
        whole = [*context, *continuation][-(self.max_length + 1) :]  # the last token is asked about, not fed
        begin = max(len(whole) - len(continuation), 1)
        scored = self._backend.scored(whole[:begin], whole[begin:])
        return float(scored.logprobs.sum()), bool(scored.greedy.all())

    # -- tokens ----------------------------------------------------------------------------------------------------

    @property
    def max_length(self) -> int:
        """Tokens of a text, its prompt included."""
        return self._backend.caps.max_len

    @property
    def eot_token_id(self) -> int:
        eos = self._backend.vocab.eos
        if not eos:
            raise ValueError(f"{self._job.source.label} has neither BOS nor EOS to begin a text with")
        return min(eos)

    @cached_property
    def prefix_token_id(self) -> int:
        """BOS where prompts begin with one, else EOS."""
        with_start, without = self._reader.encode("a"), self._reader.encode_rendered("a")
        return with_start[0] if len(with_start) > len(without) else self.eot_token_id

    def tok_encode(self, string: str, add_special_tokens: bool | None = None, **_: Any) -> list[int]:
        whole = self._rendered if add_special_tokens is None else not add_special_tokens
        return list(self._reader.encode_rendered(string) if whole else self._reader.encode(string))

    @property
    def tokenizer_name(self) -> str:
        return self._job.source.label.replace("/", "__")

    def chat_template(self, chat_template: bool | str = False) -> str | None:
        return self._reader.template if chat_template else None

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        if not add_generation_prompt:
            raise NotImplementedError("a task that begins the answer itself cannot use the chat template")
        self._rendered = True
        return self._reader.render(tuple(Message(turn["role"], turn["content"]) for turn in chat_history))

    # -- for the results file --------------------------------------------------------------------------------------

    def get_model_info(self) -> dict[str, Any]:
        """Beside lm_eval's numbers: who wrote the texts, how they ended, and what they cost."""
        return {
            "backtrack": {
                "model": self._job.source.label,
                "weights": self._job.source.weights,
                "strategy": self._job.label,
                "settings": self._job.as_config(),
                "strategies": code_of(self._job.settings.strategy),
                "finish_reasons": dict(self._ends),
                "cost": self._cost.as_record(),
            }
        }


def _names(requests: Iterable[Instance]) -> Iterator[str]:
    """An id for each request, that of its task, document and repeat: it names the draws of its answer."""
    seen: Counter[str] = Counter()
    for request in requests:
        place = f"{request.task_name}/{request.doc_id}/{request.idx}"
        yield f"{place}#{seen[place]}"
        seen[place] += 1


def _alike(named: Mapping[str, Instance]) -> Iterator[tuple[Mapping[str, Any], list[str]]]:
    """Generation settings, and the requests that have them in common."""
    groups: dict[str, tuple[Mapping[str, Any], list[str]]] = {}
    for name, request in named.items():
        settings = normalize_gen_kwargs(request.args[1])
        groups.setdefault(repr(sorted(settings.items())), (settings, []))[1].append(name)
    for settings, names in groups.values():
        if unread := [key for key in settings if key not in READ]:
            log.warning("generation settings that this sampler does not have are ignored: %s", ", ".join(unread))
        yield settings, names
