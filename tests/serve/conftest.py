"""A real server in a process of its own, on a model that can chat."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from openai import OpenAI

from tests.signals import hear_ctrl_c

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = """\
{%- for m in messages %}{{ m.role }}: {{ m.content }}
{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}"""
KEY = "open-sesame"


@pytest.fixture(scope="session")
def chatting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """inkling_500k with a chat template."""
    folder = tmp_path_factory.mktemp("models") / "chatting"
    shutil.copytree(ROOT / "harness" / "data" / "inkling_500k", folder)
    config = folder / "tokenizer_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"chat_template": TEMPLATE}))
    return folder


@contextmanager
def running(folder: Path, *arguments: str, key: str | None = None) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The server's address and its process, which gets a SIGTERM at the end."""
    command = [sys.executable, "-m", "harness.serve", *arguments, "--port", "0", "--quiet"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    if key is not None:
        environment["BACKTRACK_API_KEY"] = key
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=hear_ctrl_c,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        if found := re.search(r"(http://\S+)/v1", process.stdout.readline()):
            yield found[1], process
        else:
            raise AssertionError(f"no server: {process.stderr.read()}")
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture(scope="session")
def server(chatting: Path) -> Iterator[str]:
    arguments = ["model=hf", f"model.name={chatting}", "model.dtype=float64", "strategy=antislop", "batch_size=8"]
    limits = ["decoding.max_new_tokens=24", "--max-texts", "64", "--max-body", "20000"]
    with running(chatting.parent, *arguments, *limits, key=KEY) as (address, _):
        yield address


@pytest.fixture(scope="session")
def client(server: str) -> OpenAI:
    return OpenAI(base_url=f"{server}/v1", api_key=KEY, max_retries=0, timeout=120)
