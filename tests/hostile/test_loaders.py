"""Every reader, fed anything: a value, or an error of one line. Never another exception, never a hang.

What hypothesis finds is written under tests/hostile/corpus, where test_corpus replays it.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.frames import load
from harness.store.records import read_samples, write_samples
from tests.hostile.inputs import as_json, as_lines, named, spoilt, values
from tests.hostile.loaders import NAMES, read

GOLDEN = Path(__file__).resolve().parents[1] / "schema" / "version_1"
MANY = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
FEWER = settings(MANY, max_examples=60)


def feed(folder: Path, loader: str, content: bytes, suffix: str = ".json") -> str | None:
    path = folder / NAMES.get(loader, f"file{suffix}")
    path.write_bytes(content)
    return read(loader, path)


NOISE = st.binary(max_size=200)
KEYS = ("prompt", "id", "messages", "role", "content", "from", "value", "output", "text", "schema", "kind", "made")
SHAPED = values(named(*KEYS))
OF_USERS = ("prompts", "conversations", "phrases", "regexes", "texts", "corpus", "baseline", "tiny")
ROW = st.one_of(st.text(max_size=20), st.lists(st.text(max_size=8), max_size=3).map(",".join))


@MANY
@given(content=st.one_of(NOISE, SHAPED.map(as_json), st.lists(SHAPED, max_size=4).map(as_lines)), data=st.data())
def test_files_of_users(tmp_path: Path, content: bytes, data: st.DataObject) -> None:
    loader = data.draw(st.sampled_from(OF_USERS))
    suffix = data.draw(st.sampled_from([".json", ".jsonl", ".csv", ".txt", ".parquet"]))
    feed(tmp_path, loader, content, suffix)


@MANY
@given(rows=st.lists(ROW, max_size=5))
def test_tables_and_texts(tmp_path: Path, rows: list[str]) -> None:
    content = "\n".join(["prompt,id", *rows]).encode("utf-8", "surrogatepass")
    for loader, suffix in (("prompts", ".csv"), ("prompts", ".txt"), ("phrases", ".txt"), ("regexes", ".txt")):
        feed(tmp_path, loader, content, suffix)


@MANY
@given(content=st.one_of(NOISE, values(named("schema")).map(as_json)), loader=st.sampled_from(sorted(NAMES)))
def test_files_of_ours_that_are_something_else(tmp_path: Path, content: bytes, loader: str) -> None:
    feed(tmp_path, loader, content)


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """A copy of the released folder, to be spoilt."""
    shutil.copytree(GOLDEN, tmp_path / "golden")
    return tmp_path / "golden"


def job_of(golden: Path) -> Path:
    """The job that has every file."""
    return next(golden.glob("runs/golden/*/reference.json")).parent


@pytest.mark.parametrize("loader", ["status", "scores", "timing", "provenance", "reference"])
def test_files_of_ours_with_a_wrong_field(golden: Path, loader: str) -> None:
    folder = job_of(golden)
    record = json.loads((folder / NAMES[loader]).read_text())

    @FEWER
    @given(changed=spoilt(record))
    def run(changed: dict[str, Any]) -> None:
        feed(folder, loader, as_json(changed))

    run()


def test_a_sample_with_a_wrong_field(golden: Path) -> None:
    folder = job_of(golden)
    lines = (folder / "samples.jsonl").read_bytes().splitlines()

    @MANY
    @given(changed=spoilt(json.loads(lines[0])))
    def run(changed: dict[str, Any]) -> None:
        feed(folder, "samples", as_json(changed) + b"\n")

    run()


def test_a_config_with_a_wrong_field(golden: Path) -> None:
    """JSON is YAML."""
    folder = job_of(golden)
    record = yaml.safe_load((folder / "config.yaml").read_text())

    @FEWER
    @given(changed=spoilt(record))
    def run(changed: dict[str, Any]) -> None:
        feed(folder, "config", as_json(changed))

    run()


def test_a_sweep_with_a_wrong_field(golden: Path) -> None:
    folder = next(golden.glob("reports/golden/*"))
    record = json.loads((folder / "sweep.json").read_text())

    @FEWER
    @given(changed=spoilt(record))
    def run(changed: dict[str, Any]) -> None:
        feed(folder, "sweep", as_json(changed))

    run()


def test_half_a_surrogate_pair_in_a_models_text_is_no_end_of_a_table(golden: Path) -> None:
    """Guards: one such character among a million texts, and `harness.load` raised UnicodeEncodeError."""
    folder = job_of(golden)
    first, *rest = read_samples(folder / "samples.jsonl")
    write_samples(folder / "samples.jsonl", [replace(first, text="so \ud83d it ends"), *rest])
    assert next(iter(load(folder).samples["text"])) == "so ⟨U+D83D⟩ it ends"
