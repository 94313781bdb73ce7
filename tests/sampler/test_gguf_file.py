"""GGUF files that are none, are cut short, or lie: one clear line each, and the process lives. Freed without a word."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sampler.families import byte_level_tokenizer

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed: pip install '.[llamacpp]'")

from sampler.backends.llamacpp import LlamaCppBackend
from sampler.backends.llamacpp_file import open_gguf
from tests.sampler.gguf_files import llama_file

GGUF = Path(__file__).resolve().parents[2] / "harness" / "data" / "inkling_2m_f16.gguf"
# llama.cpp ends the process where one of its assertions fails, so the files are opened by a process of their own.
OPEN_ALL = """
import json, sys
from sampler.backends.llamacpp import LlamaCppBackend
for path in sys.argv[1:]:
    try:
        LlamaCppBackend.from_file(path, n_ctx=64)
        print(json.dumps([path, "loaded"]), flush=True)
    except Exception as error:
        print(json.dumps([path, type(error).__name__, str(error)]), flush=True)
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


def opened(folder: Path, contents: dict[str, bytes]) -> dict[str, list[str]]:
    """What came of opening each file."""
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    done = run(OPEN_ALL, *(str(folder / name) for name in contents))
    found = {Path(path).name: said for path, *said in map(json.loads, done.stdout.splitlines())}
    assert (done.returncode, list(found)) == (0, list(contents)), done.stderr[-2000:]
    return found


def test_a_file_cut_anywhere_is_one_clear_line(tmp_path):
    whole = GGUF.read_bytes()
    sizes = [0, 3, 4, 8, 23, 24, 30, 1000, 20_000, 100_000, 1_000_000, len(whole) - 1000, len(whole) - 1]
    for said in opened(tmp_path, {f"{size}.gguf": whole[:size] for size in sizes}).values():
        assert said[0] == "ValueError"
        assert said[1].startswith("model.path: ")
        assert "\n" not in said[1]


def test_a_file_that_lies_about_its_sizes_is_one_clear_line(tmp_path):
    """Each lie, and what the message must tell about it."""
    whole = llama_file(tmp_path / "whole.gguf", byte_level_tokenizer()).read_bytes()
    value = struct.calcsize("<I")  # behind a key stands its type

    def lying(offset: int, layout: str, number: int) -> bytes:
        return whole[:offset] + struct.pack(layout, number) + whole[offset + struct.calcsize(layout) :]

    def behind(key: bytes) -> int:
        return whole.index(key) + len(key)

    tensor = behind(b"token_embd.weight")  # number of dimensions, the dimensions, type, offset
    lies = {
        "version": (lying(4, "<I", 99), "version 99"),
        "tensors": (lying(8, "<Q", 1 << 40), "cannot load"),
        "more tensors": (lying(8, "<Q", 100), "cannot load"),
        "fewer keys": (lying(16, "<Q", 3), "cannot load"),
        "more keys": (lying(16, "<Q", 1 << 40), "cannot load"),
        "key length": (lying(24, "<Q", 1 << 62), "string length"),
        "dimensions": (lying(tensor, "<I", 9), "dimensions"),
        "width": (lying(tensor + 4, "<Q", 1 << 50), "cannot load"),
        "rows": (lying(tensor + 12, "<Q", 900), "offset"),
        "negative": (lying(tensor + 12, "<q", -1), "cannot load"),
        "type": (lying(tensor + 20, "<I", 77), "invalid ggml type 77"),
        "offset": (lying(tensor + 24, "<Q", 1 << 40), "offset"),
        "embedding": (lying(behind(b"llama.embedding_length") + value, "<I", 32), "cannot load"),
        "heads": (lying(behind(b"llama.attention.head_count") + value, "<I", 3), "cannot load"),
        "no layers": (lying(behind(b"llama.block_count") + value, "<I", 0), "claims 0 layers"),
        "layers": (lying(behind(b"llama.block_count") + value, "<I", 1 << 31), "claims 2147483648 layers"),
        "one layer more": (lying(behind(b"llama.block_count") + value, "<I", 3), "blk.2"),
    }
    found = opened(tmp_path, {name: content for name, (content, _) in lies.items()})
    for name, (_, told) in lies.items():
        assert found[name][0] == "ValueError", name
        assert told in found[name][1], name
    assert opened(tmp_path, {"true": whole})["true"] == ["loaded"]


def test_a_tokenizer_with_more_ids_than_the_model_is_refused_by_name(tmp_path):
    file = llama_file(tmp_path / "short.gguf", byte_level_tokenizer(), vocab_size=310)
    with pytest.raises(ValueError, match=r"token_embd.weight' has wrong shape; expected 64, 320, got 64, 310"):
        LlamaCppBackend.from_file(file)


def test_no_file_and_no_gguf_are_told_apart(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"model.path: .* is not a file; give a .gguf file"):
        LlamaCppBackend.from_file(tmp_path)
    (tmp_path / "text.gguf").write_text("not a model")
    with pytest.raises(ValueError, match="is no GGUF file: it does not begin with the bytes GGUF"):
        LlamaCppBackend.from_file(tmp_path / "text.gguf")


def test_metadata_is_read_whole_and_a_missing_key_is_none(tmp_path):
    template = "{{ bos_token }}" + "é" * 5000
    file = open_gguf(llama_file(tmp_path / "t.gguf", byte_level_tokenizer(), template), vocab_only=True)
    assert file.metadata("tokenizer.chat_template") == template
    assert file.metadata("no.such.key") is None
    assert file.trained_context == 256


@pytest.mark.parametrize(
    "code",
    [
        "b = LlamaCppBackend.from_file({file!r}, n_ctx=64); b.extend([Extend(0, 0, (5, 6))])",
        "b = LlamaCppBackend.from_file({file!r}, n_ctx=64); s = BacktrackSampler(b, Plain()).stream('a'); next(s)",
        "f = open_gguf({file!r}, vocab_only=True); v = vocab_of(f); v.encode('a')",
        "v = LlamaCppBackend.from_file({file!r}, n_ctx=64).vocab; print(len(v.encode('a')), end='')",
    ],
    ids=["backend", "paused stream", "vocabulary alone", "vocabulary outlives its backend"],
)
def test_everything_is_freed_quietly_at_exit(code):
    """Guards: llama-cpp-python's destructor prints a traceback at interpreter shutdown."""
    imports = (
        "from sampler import BacktrackSampler; from strategies import Plain; from sampler.backends import Extend;"
        "from sampler.backends.llamacpp import LlamaCppBackend; from sampler.backends.llamacpp_file import open_gguf;"
        "from sampler.backends.llamacpp_vocab import vocab_of;"
    )
    done = run(imports + code.format(file=str(GGUF)))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout in ("", "1")
