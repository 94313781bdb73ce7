"""Telling a failed allocation from other errors: torch, numpy, the loader and the system say it in different ways."""

from __future__ import annotations

import errno

import torch

SAID = ("can't allocate memory", "cannot allocate memory", "failed to map segment")  # torch on a CPU, libc, the loader


def is_memory(error: BaseException) -> bool:
    """Whether an allocation failed."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM or _says_so(error)
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError | ImportError) and _says_so(error)
    )


def _says_so(error: BaseException) -> bool:
    return any(said in str(error).lower() for said in SAID)


def first_line(error: Exception) -> str:
    """What it says, without torch's stack of C++ calls."""
    return str(error).split("\n")[0]
