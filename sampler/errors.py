"""What can go wrong, each with the numbers and the way out in its message."""

from __future__ import annotations


class SamplerError(Exception):
    """Base of everything the sampler raises by itself."""


class ContractError(SamplerError):
    """A strategy or a backend broke its contract: a fault in code, never in data."""


class ExhaustedError(SamplerError):
    """Every token is banned at a position and the strategy was told to raise (`on_exhausted="error"`)."""


class BadLogitsError(SamplerError):
    """The model answered with NaN, +inf, or no finite logit; its row ends with finish_reason "error"."""


class CacheError(SamplerError):
    """A key/value cache could not be cut or extended; going on would mean wrong logits."""


class BatchHalvedWarning(RuntimeWarning):
    """Memory did not suffice for all rows at once; half of them go on, and the others after these."""


class MemoryExhaustedError(SamplerError):
    """A batch does not fit into the device's memory; fewer rows at once may."""
