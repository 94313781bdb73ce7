"""What llama.cpp asserts instead of reporting, read from a GGUF's header first: a failed assertion ends the process."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MAX_LAYERS = 512  # LLAMA_MAX_LAYERS, llama.cpp src/llama-hparams.h
LONGEST_KEY = 1 << 16  # bytes, by the GGUF specification (ggml docs/gguf.md)
UINT32, STRING, ARRAY = 4, 8, 9  # the specification's value types
WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # bytes of the others


def check_layers(file: Path) -> None:
    """Raise ValueError for a number of layers that no model has. All other damage llama.cpp reports by itself."""
    layers = _claimed_layers(file)
    if layers is not None and not 0 < layers <= MAX_LAYERS:
        raise ValueError(
            f"model.path: {file} claims {layers} layers, llama.cpp takes 1 to {MAX_LAYERS}; "
            "the file is damaged, fetch or convert it again"
        )


def _claimed_layers(file: Path) -> int | None:
    """`<architecture>.block_count`; None where the header does not say it, or cannot be read that far."""
    with file.open("rb") as handle:
        try:
            found = (value for key, value in _integers(handle) if key.partition(".")[2] == "block_count")
            return next(found, None)
        except (struct.error, KeyError, ValueError, OSError, OverflowError, RecursionError):
            return None  # a length beyond 63 bits, arrays within arrays without end


def _integers(handle: BinaryIO) -> Iterator[tuple[str, int]]:
    """The 32-bit unsigned values of the header, in order."""
    handle.seek(16)  # behind magic, version and the number of tensors
    for _ in range(_number(handle, "<Q")):
        length = _number(handle, "<Q")
        if length > LONGEST_KEY:
            raise ValueError(f"a key of {length} bytes")
        key, kind = handle.read(length).decode(), _number(handle, "<I")
        if kind == UINT32:
            yield key, _number(handle, "<I")
        else:
            _skip(handle, kind)


def _skip(handle: BinaryIO, kind: int) -> None:
    if kind == STRING:
        handle.seek(_number(handle, "<Q"), 1)
    elif kind == ARRAY:
        inner, count = _number(handle, "<I"), _number(handle, "<Q")
        if inner in WIDTHS:
            handle.seek(WIDTHS[inner] * count, 1)
        else:
            for _ in range(count):
                _skip(handle, inner)
    else:
        handle.seek(WIDTHS[kind], 1)


def _number(handle: BinaryIO, layout: str) -> int:
    return int(struct.unpack(layout, handle.read(struct.calcsize(layout)))[0])
