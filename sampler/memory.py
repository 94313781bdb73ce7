"""Telling a failed allocation from other errors: torch and numpy say it in different ways."""

from __future__ import annotations

import torch


def is_memory(error: Exception) -> bool:
    """Whether an allocation failed. On a CPU, torch says so in the message alone."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def first_line(error: Exception) -> str:
    """What it says, without torch's stack of C++ calls."""
    return str(error).split("\n")[0]
