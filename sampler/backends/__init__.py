"""Models behind one verb. Importing this package needs neither transformers nor llama-cpp installed."""

from sampler.backends.base import Backend, Caps, Extend, Extended
from sampler.backends.scripted import ScriptedBackend

__all__ = ["Backend", "Caps", "Extend", "Extended", "ScriptedBackend"]
