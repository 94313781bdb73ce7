"""Files that lie about their sizes, and models that bring code: exit code 2, one line, no memory taken, nothing run."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.commands import ROOT, refused, run

DATA = ROOT / "harness" / "data"
SMALL = ("dataset.limit=1", "decoding.max_new_tokens=2", "tracking=none")
CODE = "import pathlib; pathlib.Path('owned').touch()\nclass Any: pass\n"
CALL = {"AutoConfig": "owned.Any", "AutoModelForCausalLM": "owned.Any", "AutoTokenizer": ["owned.Any", None]}


def model(folder: Path, name: str) -> Path:
    """A copy of an embedded model, to be spoilt."""
    shutil.copytree(DATA / "inkling_500k", folder / name)
    return folder / name


def change(file: Path, **fields: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


def lying_header(path: Path, length: int) -> None:
    weights = path / "model.safetensors"
    weights.write_bytes(struct.pack("<Q", length) + weights.read_bytes()[8:])


def lying_offsets(path: Path) -> None:
    weights = path / "model.safetensors"
    data = weights.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    name = next(key for key in header if key != "__metadata__")
    header[name]["data_offsets"][1] = 1 << 50
    header[name]["shape"] = [1 << 24, 1 << 24]
    new = json.dumps(header).encode()
    weights.write_bytes(struct.pack("<Q", len(new)) + new + data[8 + length :])


def cut(path: Path) -> None:
    weights = path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def remote_code(path: Path) -> None:
    (path / "owned.py").write_text(CODE)
    change(path / "config.json", model_type="owned", auto_map=CALL)
    change(path / "tokenizer_config.json", tokenizer_class="Owned", auto_map=CALL)


def pickled(path: Path) -> None:
    """What torch.load would run: os.mkdir("owned")."""
    (path / "model.safetensors").unlink()
    (path / "pytorch_model.bin").write_bytes(b"cos\nmkdir\n(S'owned'\ntR.")


def no_tokenizer(path: Path) -> None:
    (path / "tokenizer.json").write_text('{"version": "1.0", "model": {"type": "BPE", "vocab": [1]}}')


def endless_pattern(path: Path) -> None:
    (path / "tokenizer.json").write_text("[" * 100_000)


# How a model's folder is spoilt, and what the error must tell.
FOLDERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "header_of_4_exabytes": (lambda path: lying_header(path, 1 << 62), "is no whole safetensors file"),
    "header_beyond_the_file": (lambda path: lying_header(path, 1 << 24), "is no whole safetensors file"),
    "tensor_of_a_petabyte": (lying_offsets, "is no whole safetensors file"),
    "cut": (cut, "is no whole safetensors file"),
    "code": (remote_code, "trust_remote_code"),
    "pickle": (pickled, "needs config.json and *.safetensors"),
    "tokenizer_of_another_shape": (no_tokenizer, "its tokenizer cannot be opened"),
    "tokenizer_nested_without_end": (endless_pattern, "its tokenizer cannot be opened"),
}
FILES = {
    "deep.jsonl": ("dataset=file", "dataset.path={}", b'{"prompt": ' + b"[" * 10**6),
    "wide.parquet": ("dataset=file", "dataset.path={}", b"PAR1" + b"\xff" * 43 + b"\x7fPAR1"),
    "half.csv": ("dataset=file", "dataset.path={}", b'prompt\n"' + b"a" * 10**6),
    "surrogate.jsonl": ("dataset=file", "dataset.path={}", b'{"prompt": "\\ud800"}'),
    "bytes.txt": ("phrases={}", "seed=0", b"\xff\xfe\x00" * 1000),
    "deep.json": ("phrases={}", "seed=0", b"[" * 10**6),
    "repeats.txt": ("regexes={}", "seed=0", b"(?:a{65535}){65535}\n"),
    "slow.txt": ("regexes={}", "seed=0", b"(?:(?:(?:a?){99}){99}){99}b\n"),
    "count.gguf": ("model=gguf", "model.path={}", b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1 << 60)),
    "string.gguf": (
        "model=gguf",
        "model.path={}",
        b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<IQ", 8, 1 << 62),
    ),
    "arrays.gguf": (
        "model=gguf",
        "model.path={}",
        b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 5000,
    ),
}


def test_models_that_lie_or_bring_code(tmp_path: Path) -> None:
    for name, (spoil, _) in FOLDERS.items():
        spoil(model(tmp_path, name))
    before = sorted(tmp_path.rglob("*"))
    said = run(tmp_path, [("harness.__main__", ["model=hf", f"model.name=./{name}", *SMALL]) for name in FOLDERS])
    for (name, (_, tells)), one in zip(FOLDERS.items(), said, strict=True):
        refused(one, tells)
        assert f"model.name='{name}" in one.err or name in one.err
    assert sorted(tmp_path.rglob("*")) == before


def test_files_that_lie(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    commands = []
    for name, (first, second, content) in FILES.items():
        (tmp_path / name).write_bytes(content)
        settings = ["model=inkling_500k", *SMALL, first.format(name), second.format(name)]
        commands.append(("harness.__main__", settings[1:] if "gguf" in name else settings))
    before = sorted(tmp_path.rglob("*"))
    for name, one in zip(FILES, run(tmp_path, commands), strict=True):
        refused(one, name.partition(".")[0])
    assert sorted(tmp_path.rglob("*")) == before


def test_run_folders_and_texts_that_lie(tmp_path: Path) -> None:
    golden = ROOT / "tests/schema/version_1/runs/golden"
    lies = {
        "samples.jsonl": b"[" * 10**6 + b"\n",
        "config.yaml": b"a: &a [x,x,x,x,x,x,x,x]\n"
        + b"".join(f"b{i}: &b{i} [{','.join([f'*b{i - 1}' if i else '*a'] * 9)}]\n".encode() for i in range(30)),
        "timing.json": b'{"segments": [' + b"[" * 10**6,
        "provenance.json": b'{"schema": 1e999}',
        "status.json": b'{"state": "' + b"done" * 10**6 + b'", "error": null, "samples": 1, "selected": 1}',
    }
    commands = []
    for name, content in lies.items():
        job = tmp_path / name.partition(".")[0]
        shutil.copytree(next(golden.glob("*/reference.json")).parent, job)
        (job / name).write_bytes(content)
        commands.append(("harness.score", [str(job)]))
    (tmp_path / "deep.jsonl").write_bytes(b'{"output": ' + b"[" * 10**6 + b"\n")
    commands.append(("harness.score", ["--texts", "deep.jsonl", "--phrases", "inkling_banned"]))
    for name, one in zip([*lies, "deep.jsonl"], run(tmp_path, commands), strict=True):
        refused(one, name)


TEMPLATES = {
    "refuses": "{{ raise_exception('no system message here') }}",
    "escapes_the_sandbox": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "is_broken": "{% for m in messages %}",
    "divides_by_zero": "{{ 1 / 0 }}",
    "repeats_without_end": "{% for i in range(10000000000) %}a{% endfor %}",
}


def test_chat_templates_that_fail_or_attack(tmp_path: Path) -> None:
    """Guards: a template's own refusal ("roles must alternate") as a traceback."""
    for name, template in TEMPLATES.items():
        change(model(tmp_path, name) / "tokenizer_config.json", chat_template=template)
    said = run(
        tmp_path,
        [
            ("harness.__main__", ["model=hf", f"model.name=./{name}", *SMALL, "dataset.chat_template=true"])
            for name in TEMPLATES
        ],
    )
    for name, one in zip(TEMPLATES, said, strict=True):
        refused(one, f"dataset.chat_template=True: the template of {name} fails on")
