"""Tasks of our own, from files: no hub, and the real lm_eval."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "harness" / "data" / "inkling_500k"

STORIES = [
    {"begin": "The ferry was late again.", "good": " The rain had stopped.", "bad": " zq zq zq xx"},
    {"begin": "Clara was born on a boat.", "good": " Her mother kept the light.", "bad": " 77 % %% 9"},
    {"begin": "Every morning Arthur carried two buckets", "good": " up the steps.", "bad": " )( )( )("},
]
TASKS = {
    "go_on": """
task: go_on
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
output_type: generate_until
doc_to_text: "{{{{begin}}}}"
doc_to_target: "{{{{good}}}}"
generation_kwargs: {{until: ["."], max_gen_toks: 24, do_sample: false}}
metric_list: [{{metric: exact_match}}]
""",
    "which": """
task: which
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{begin}}}}"
doc_to_choice: "{{{{[good, bad]}}}}"
doc_to_target: 0
target_delimiter: ""
metric_list: [{{metric: acc}}]
""",
    "how_likely": """
task: how_likely
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: "{{{{begin}}}}{{{{good}}}}"
metric_list: [{{metric: bits_per_byte}}]
""",
}


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the tasks' files."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "hf" / "datasets"))
    folder = tmp_path / "tasks"
    folder.mkdir()
    data = folder / "stories.jsonl"
    data.write_text("".join(json.dumps(story) + "\n" for story in STORIES))
    for name, text in TASKS.items():
        (folder / f"{name}.yaml").write_text(text.format(data=data))
    return folder
