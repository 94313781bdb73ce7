"""model.device_map: one model over several devices. Here the map has the CPU only, and the texts must not change."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from harness.config.compose import CONF, compose_jobs, parse_arguments
from harness.config.reading import from_config
from harness.errors import InputError
from harness.planning.plan import Job, Readers, prepare
from harness.running.models import load_backend
from tests.faults.running import run

MODEL = CONF.parent / "harness" / "data" / "inkling_500k"
HF = ("model=hf", f"model.name={MODEL}", "model.dtype=float64", "model.threads=1")


def _prepared(*arguments: str) -> Job:
    (config,) = compose_jobs(parse_arguments([*HF, *arguments]))
    return prepare(config, Readers())


def test_it_is_no_part_of_a_jobs_id() -> None:
    assert _prepared("model.device_map=auto").id == _prepared().id


def test_it_reaches_transformers() -> None:
    """Which puts the model where the map says, or fails; left out, the model would silently go to one device."""
    job = _prepared("model.device_map=xpu:7")
    with pytest.raises((AssertionError, RuntimeError), match="XPU"):  # as torch says it, which is built without
        load_backend(job.settings.model, job.source)


@pytest.mark.slow
def test_it_changes_no_text(tmp_path: Path) -> None:
    sweep = (*HF, "tracking=none", "experiment_name=faults", "strategy=antislop", "dataset.limit=2")
    texts = []
    for name, asked in {"without": (), "with": ("model.device_map=auto",)}.items():
        (tmp_path / name).mkdir()
        code, _, said = run(tmp_path / name, *sweep, *asked, "decoding.max_new_tokens=30")
        assert code == 0, said
        (path,) = (tmp_path / name).glob("runs/*/*/samples.jsonl")
        texts.append(path.read_bytes())
    assert texts[0] == texts[1]
    assert json.loads((path.parent / "provenance.json").read_text())["device"].startswith("device_map=auto (")


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("model.device_map=everywhere",), "must be auto, balanced"),
        (("model.device_map=auto", "model.device=cuda:1"), "model.device=cuda:1 says it too"),
    ],
)
def test_what_it_cannot_be(argv: tuple[str, ...], says: str) -> None:
    (config,) = compose_jobs(parse_arguments([*HF, *argv]))
    with pytest.raises(InputError, match=says):
        from_config(config)


def test_llama_cpp_spreads_a_model_itself() -> None:
    (config,) = compose_jobs(parse_arguments(["model=inkling_2m_gguf", "+model.device_map=auto"]))
    with pytest.raises(InputError, match="takes all GPUs that it sees"):
        from_config(config)


def test_without_accelerate_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "accelerate", None)  # what Python itself keeps of a module that is barred
    (config,) = compose_jobs(parse_arguments([*HF, "model.device_map=auto"]))
    with pytest.raises(InputError, match=r"pip install 'backtrack-harness\[several-devices\]'"):
        from_config(config)
