"""Settings become a loaded backend, kept while consecutive jobs share it."""

from __future__ import annotations

import gc
from functools import cache

from harness.config.settings import ModelSettings
from harness.planning.weights import ModelSource
from sampler.backends import Backend

DEFAULT_DTYPE = "float32"
ALL_LAYERS = -1  # llama.cpp: to the GPU, where it was built with one


class _Shelf:
    """Holds one backend: two large models do not fit where one does."""

    def __init__(self) -> None:
        self._held: tuple[ModelSettings, ModelSource] | None = None
        self._backend: Backend | None = None

    def take(self, model: ModelSettings, source: ModelSource) -> Backend:
        if self._backend is None or self._held != (model, source):
            self._backend = None
            gc.collect()
            self._backend, self._held = _load(model, source), (model, source)
        return self._backend


_shelf = _Shelf()
_share: list[int] = []  # the threads of each model here, where other processes compute beside this one


def load_backend(model: ModelSettings, source: ModelSource) -> Backend:
    """The model found at `source`, loaded once for all consecutive jobs of this process that share it."""
    return _shelf.take(model, source)


def share_cores(threads: int) -> None:
    """From now on, models of this process take so many threads where their settings do not say."""
    _share[:] = [threads]


def threads_of(model: ModelSettings) -> int | None:
    """What is asked of the library; None leaves it to the library."""
    return model.threads or (_share[0] if _share else None)


def device_of(model: ModelSettings) -> str:
    """ "auto" is cuda where there is one, else cpu."""
    if model.device != "auto":
        return model.device
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _load(model: ModelSettings, source: ModelSource) -> Backend:
    return _load_gguf(model, source) if model.backend == "llamacpp" else _load_transformers(model, source)


def _load_gguf(model: ModelSettings, source: ModelSource) -> Backend:
    from sampler.backends import LlamaCppBackend

    layers = model.gpu_layers
    if layers is None:
        layers = 0 if model.device == "cpu" else ALL_LAYERS
    return LlamaCppBackend.from_file(
        source.location,
        n_ctx=model.n_ctx,
        n_gpu_layers=layers,
        n_threads=threads_of(model),
        n_batch=model.n_batch,
        kv_type=model.kv_type,
    )


def _load_transformers(model: ModelSettings, source: ModelSource) -> Backend:
    import torch
    from transformers.utils import logging

    from sampler.backends import TransformersBackend

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    usual = _usual_threads()
    torch.set_num_threads(threads_of(model) or usual)
    spread = {"device_map": model.device_map} if model.device_map else {"device": device_of(model)}
    return TransformersBackend.from_pretrained(
        source.location, dtype=model.dtype or DEFAULT_DTYPE, revision=source.revision, **spread
    )


@cache
def _usual_threads() -> int:
    """What torch chose before any model asked for another number."""
    import torch

    return torch.get_num_threads()
