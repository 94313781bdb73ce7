"""Models of the transformers library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import torch
from torch import Tensor

from sampler.backends.base import Caps, Extend, Extended, Scored, SlotPool, check_extend, check_score, scored_rows
from sampler.backends.hf_forward import Forward, RaggedForward, ReplayForward
from sampler.backends.hf_vocab import vocab_of
from sampler.errors import CacheError, MemoryExhaustedError
from sampler.memory import first_line, is_memory

UNBOUNDED = 1 << 20  # context of a model whose configuration names none
# Largest difference of two logits, relative to the largest logit, that counts as rounding.
TOLERANCE = {torch.float64: 1e-5, torch.float32: 1e-4, torch.float16: 2e-2, torch.bfloat16: 1e-1}


class TransformersBackend:
    """A causal language model and its tokenizer, used as they are.

    Slots share a cache of our own that writes at [row, position]. Whether the model can be trusted with it is decided
    by a probe: one ragged rewind against fresh forwards. A model that fails (recurrent, linear attention) replays.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        size = model.get_output_embeddings().weight.shape[0]
        self.vocab = vocab_of(tokenizer, size, _eos(model, tokenizer))
        self.slots = SlotPool()
        max_len = getattr(model.config.get_text_config(), "max_position_embeddings", None) or UNBOUNDED
        self._forward, why = _choose_forward(model, min(8, max_len - 1))
        exact = isinstance(self._forward, RaggedForward)
        count = sum(parameter.numel() for parameter in model.parameters())
        self.caps = Caps(max_len, rewind="exact" if exact else "replay", why=why, parameters=count)

    @classmethod
    def from_pretrained(cls, name_or_path: str, device: str = "cpu", dtype: str = "float32", **options: Any) -> Self:
        """Load a hub id or a local folder. `options` go to `AutoModelForCausalLM.from_pretrained`.

        Only safetensors weights are read and no remote code is run unless `options` say otherwise. Raises ValueError
        where the configuration asks for weights that the files do not hold.
        """
        from transformers import AutoTokenizer

        torch_dtype = getattr(torch, dtype, None)
        if not isinstance(torch_dtype, torch.dtype):
            raise ValueError(f"dtype: {dtype!r} is unknown; use float64, float32, bfloat16 or float16")
        settings = {"attn_implementation": "sdpa", "use_safetensors": True, "trust_remote_code": False} | options
        shared = {key: settings[key] for key in ("revision", "trust_remote_code", "token") if key in settings}
        tokenizer = AutoTokenizer.from_pretrained(name_or_path, **shared)
        model, report = _load(name_or_path, {"dtype": torch_dtype, **settings})
        _refuse_made_up_weights(name_or_path, report["missing_keys"])
        return cls(model if "device_map" in settings else model.to(device), tokenizer)

    @torch.inference_mode()
    def extend(self, batch: Sequence[Extend]) -> Extended:
        check_extend(batch)
        try:
            return self._forward.extend(batch)
        except (MemoryError, RuntimeError) as error:
            if not is_memory(error):
                raise
            problem = f"{len(batch)} rows at once do not fit into memory: {first_line(error)}"
            raise MemoryExhaustedError(problem) from error

    @torch.inference_mode()
    def drop(self, slots: Sequence[int]) -> None:
        self._forward.drop(slots)
        if self.model.device.type == "cuda":
            torch.cuda.empty_cache()

    def score(self, prompt: Sequence[int], tokens: Sequence[int]) -> Tensor:
        return self.scored(prompt, tokens).logprobs

    @torch.inference_mode()
    def scored(self, prompt: Sequence[int], tokens: Sequence[int]) -> Scored:
        check_score(prompt, tokens, self.caps.max_len)
        ids = torch.tensor([[*prompt, *tokens[:-1]]], device=self.model.device)  # the last is asked about, not fed
        logits = self.model(input_ids=ids, use_cache=False).logits[0, len(prompt) - 1 :]
        return scored_rows(logits[: len(tokens)], tokens)


def _load(name: str, settings: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The model, and what transformers reports about its loading."""
    from transformers import AutoModelForCausalLM

    loaded: Any = AutoModelForCausalLM.from_pretrained(name, **settings, output_loading_info=True)
    model, report = loaded
    return model, report


def _refuse_made_up_weights(name: str, missing: Iterable[str]) -> None:
    """transformers fills in random numbers for them, with a warning that nobody reads in a sweep."""
    names = sorted(missing)
    if names:
        raise ValueError(
            f"model: {name} lacks {len(names)} weights that its configuration asks for, first {names[0]}; "
            "fetch the whole model, or mend its config.json"
        )


def _eos(model: Any, tokenizer: Any) -> frozenset[int]:
    """The model's end tokens and the tokenizer's; a model may have several, or none."""
    generation = getattr(model, "generation_config", None)
    found = [getattr(source, "eos_token_id", None) for source in (generation, model.config, tokenizer)]
    return frozenset(token for entry in found if entry is not None for token in _as_ids(entry))


def _as_ids(entry: int | Iterable[int]) -> Iterable[int]:
    return (entry,) if isinstance(entry, int) else entry


@torch.inference_mode()
def _choose_forward(model: Any, length: int) -> tuple[Forward, str]:
    """The ragged way where a probe shows that it equals fresh forwards, else replay; and why."""
    try:
        difference = _probe(model, RaggedForward(model), length)
    except Exception as error:  # whatever a foreign architecture does with our cache, it can still be replayed
        return ReplayForward(model), f"replay: {type(error).__name__}: {first_line(error)}"
    limit = TOLERANCE.get(model.dtype, 1e-1)
    if difference > limit:
        return ReplayForward(
            model
        ), f"replay: a ragged rewind differs by {difference:.1e} > {limit:.0e} from a fresh forward"
    return RaggedForward(model), f"exact: a ragged rewind differs by {difference:.1e} from a fresh forward"


def _probe(model: Any, forward: Forward, length: int) -> float:
    """Largest relative difference of logits after one ragged rewind, against fresh forwards of the same prefixes."""
    size = model.get_output_embeddings().weight.shape[0]
    first, second = (tuple((7 * i + k) % size for i in range(length)) for k in (1, 3))
    forward.extend([Extend(0, 0, first), Extend(1, 0, second[: length // 2])])
    keep, tail = length // 2, second[-2:]
    cut = forward.extend([Extend(0, keep, tail), Extend(1, length // 2, tail)]).logits
    prefixes = (first[:keep] + tail, second[: length // 2] + tail)
    fresh = [model(torch.tensor([p], device=model.device), use_cache=False).logits[0, -1] for p in prefixes]
    want = torch.stack(fresh)
    if not torch.isfinite(want).all():
        raise CacheError("a fresh forward gives logits that are not finite")
    return float((cut - want).abs().max() / want.abs().max())
