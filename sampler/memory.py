"""Telling a failed allocation from other errors: torch, numpy, the loader and the system say it in different ways."""

from __future__ import annotations

import errno

import torch

SAID = ("can't allocate memory", "cannot allocate memory", "failed to map segment")  # torch on a CPU, libc, the loader


def is_memory(error: BaseException) -> bool:
    """Whether an allocation failed."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    return isinstance(error, OSError | RuntimeError | ImportError) and any(said in str(error).lower() for said in SAID)


def first_line(error: Exception) -> str:
    """What it says, without torch's stack of C++ calls."""
    return str(error).split("\n")[0]
