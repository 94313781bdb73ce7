"""Models behind one verb. Importing this package needs neither transformers nor llama-cpp installed."""

from typing import TYPE_CHECKING, Any

from sampler.backends.base import Backend, Caps, Extend, Extended
from sampler.backends.scripted import ScriptedBackend

if TYPE_CHECKING:
    from sampler.backends.hf import TransformersBackend
    from sampler.backends.llamacpp import LlamaCppBackend

__all__ = ["Backend", "Caps", "Extend", "Extended", "LlamaCppBackend", "ScriptedBackend", "TransformersBackend"]


def __getattr__(name: str) -> Any:
    """Import a backend's library only when the backend is asked for."""
    if name == "TransformersBackend":
        from sampler.backends.hf import TransformersBackend

        return TransformersBackend
    if name == "LlamaCppBackend":
        from sampler.backends.llamacpp import LlamaCppBackend

        return LlamaCppBackend
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
