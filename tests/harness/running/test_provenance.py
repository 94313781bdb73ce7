"""A run folder says exactly what made it: every field against what the test finds out by itself, on both backends."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from harness.running import provenance as made
from harness.running.provenance import PACKAGES, git_state

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "harness" / "data"
ARGUMENTS = ("dataset.limit=1", "decoding.max_new_tokens=3", "tracking=none", "batch_size=3", "seed=7")
FIELDS = {
    *("schema", "engine", "job_id", "command", "git", "python", "platform", "packages", "machine", "cpus", "threads"),
    "visible_devices",
    *("build", "backend", "device", "dtype", "batch_size", "seed", "model", "prompts", "phrases", "regexes"),
    *("heldout", "strategies", "earlier"),
}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def of_files(*files: Path) -> str:
    """One digest of several files, by name and content."""
    return sha(json.dumps(sorted((file.name, sha(file.read_bytes())) for file in files)).encode())


def of_list(name: str) -> dict[str, str]:
    lines = [line for line in (DATA / f"phrases/{name}.txt").read_text().splitlines() if line and line[0] != "#"]
    return {"name": name, "digest": sha(json.dumps([[line, None] for line in lines], ensure_ascii=False).encode())}


def run(folder: Path, *arguments: str) -> tuple[list[str], Path]:
    """A real command in a process of its own; the command, and the folder of its job."""
    command = ["-m", "harness", *ARGUMENTS, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (job,) = (file.parent for file in folder.glob("runs/single/*/provenance.json"))
    return ["python", *command], job


def common(job: Path, command: list[str]) -> dict[str, Any]:
    """What does not depend on the model."""
    reading = [hashlib.sha256((DATA / "prompts/inkling_prompts.jsonl").read_bytes()).hexdigest()]
    dataset = yaml.safe_load((job / "config.yaml").read_text())["dataset"]
    keys = ("column", "id_column", "messages_column", "template", "chat_template")
    return {
        "schema": 1,
        "engine": 1,
        "job_id": job.name,
        "command": command,
        "git": git(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "visible_devices": os.environ.get("CUDA_VISIBLE_DEVICES"),
        "packages": {name: installed(name) for name in PACKAGES},
        "batch_size": 3,
        "seed": 7,
        "threads": 1,
        "prompts": sha(json.dumps([*reading, [dataset[key] for key in keys]]).encode()),
        "phrases": of_list("inkling_banned"),
        "heldout": of_list("inkling_heldout"),
        "strategies": {
            "antislop": {
                "package": None,
                "file": "strategies/antislop.py",
                "digest": sha((ROOT / "strategies/antislop.py").read_bytes()),
            }
        },
        "regexes": None,
        "earlier": [],
    }


def git() -> dict[str, Any]:
    def ask(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    return {"commit": ask("rev-parse", "HEAD"), "dirty": bool(ask("status", "--porcelain"))}


def installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def check(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    assert set(found) == FIELDS
    for name, value in expected.items():
        assert found[name] == value, name


def test_a_transformers_run_says_what_made_it(tmp_path: Path) -> None:
    command, job = run(tmp_path, "model=inkling_500k")
    found = json.loads((job / "provenance.json").read_text())
    folder = DATA / "inkling_500k"
    weights = of_files(folder / "model.safetensors", folder / "config.json", folder / "generation_config.json")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    check(found, {**common(job, command), "backend": "transformers", "dtype": "float64"})
    assert found["device"].startswith(device)
    assert found["build"]["torch"] == torch.version.git_version
    assert found["build"]["cuda"] == torch.version.cuda
    model = found["model"]
    assert (model["label"], model["location"], model["revision"]) == ("inkling_500k", str(folder), None)
    assert model["weights"] == weights
    assert model["tokenizer"] == of_files(folder / "tokenizer.json", folder / "tokenizer_config.json")
    template = json.loads((folder / "tokenizer_config.json").read_text()).get("chat_template")
    assert model["chat_template"] == (template and sha(template.encode()))
    assert model["context"] == json.loads((folder / "config.json").read_text())["max_position_embeddings"]
    assert model["rewind"].startswith("exact: ")


def test_a_llama_cpp_run_says_what_made_it(tmp_path: Path) -> None:
    llama_cpp = pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    command, job = run(tmp_path, "model=inkling_2m_gguf")
    found = json.loads((job / "provenance.json").read_text())
    file = DATA / "inkling_2m_f16.gguf"
    check(found, {**common(job, command), "backend": "llamacpp", "device": "cpu", "dtype": None})
    assert found["packages"]["llama-cpp-python"] == llama_cpp.__version__
    assert found["build"]["system"] in llama_cpp.llama_print_system_info().decode()
    assert found["build"]["llama.cpp"] == llama_cpp.llama_version().decode()
    model = found["model"]
    assert (model["label"], model["location"]) == ("inkling_2m_gguf", str(file))
    assert model["weights"] == model["tokenizer"] == sha(file.read_bytes())
    assert model["chat_template"] is None
    assert model["rewind"].startswith("exact: ")


def test_the_chat_template_is_part_of_it(tmp_path: Path) -> None:
    """Two models that differ in nothing but their template read the same conversation differently."""
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    from tests.sampler.families import byte_level_tokenizer, llama
    from tests.sampler.gguf_files import llama_file

    template = "{% for m in messages %}{{ m.content }}{% endfor %}"
    tokenizer = byte_level_tokenizer()
    tokenizer.chat_template = template
    tokenizer.save_pretrained(tmp_path / "hf")
    llama(tokenizer).save_pretrained(tmp_path / "hf")
    llama_file(tmp_path / "tiny.gguf", tokenizer, template)
    for backend in ("hf", "gguf"):
        (tmp_path / backend).mkdir(exist_ok=True)
    for folder, model in ((tmp_path / "hf", "model.name=."), (tmp_path / "gguf", "model.path=../tiny.gguf")):
        _, job = run(folder, f"model={folder.name}", model, "dataset.chat_template=true")
        assert json.loads((job / "provenance.json").read_text())["model"]["chat_template"] == sha(template.encode())


def test_another_projects_checkout_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards: installed in a .venv within somebody's repository, that repository's commit passed for the harness's."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    subprocess.run(["git", *identity, "commit", "-q", "--allow-empty", "-m", "x"], cwd=tmp_path, check=True)
    package = tmp_path / ".venv/lib/harness"
    package.mkdir(parents=True)
    monkeypatch.setattr(made, "__file__", str(package / "provenance.py"))
    git_state.cache_clear()
    try:
        assert git_state() is None
    finally:
        monkeypatch.undo()
        git_state.cache_clear()
    assert git_state() == git()


def test_a_job_that_could_not_start_says_what_it_was_to_be(tmp_path: Path) -> None:
    """Guards: config.yaml written only at the end, so that a killed or failed job's folder named no settings."""
    import shutil

    shutil.copytree(DATA / "inkling_500k", tmp_path / "spoilt")
    config = tmp_path / "spoilt/config.json"
    settings = json.loads(config.read_text())
    config.write_text(json.dumps({**settings, "num_hidden_layers": settings["num_hidden_layers"] + 1}))
    command = [sys.executable, "-m", "harness", *ARGUMENTS, "model=hf", "model.name=./spoilt"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    (job,) = (file.parent for file in tmp_path.glob("runs/single/*/status.json"))
    assert yaml.safe_load((job / "config.yaml").read_text())["seed"] == 7
