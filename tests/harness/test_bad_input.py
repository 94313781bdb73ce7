"""Wrong input: exit code 2, one line that names field and value, nothing written (issue 2, "Bad input")."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness.conftest import CONTEXT, Workplace

LONG = "the cat " * CONTEXT
FILES = {
    "empty.txt": "# nothing\n",
    "blank.json": '["the cat", "  "]',
    "blank_prompt.jsonl": '{"id": "a", "prompt": "the cat"}\n{"id": "b", "prompt": ""}\n',
    "long_prompt.jsonl": f'{{"id": "a", "prompt": "the"}}\n{{"id": "long", "prompt": "{LONG}"}}\n',
    "open.txt": "(?i)the cat\n(the dog\n",
    "hungry.txt": "(?:the cat)?\n",
    "torn.jsonl": '{"id": "a", "pro',
    "no_model.gguf": "not a model",
    "broken/config.json": "{}",
}

CASES = {
    "unknown strategy": (["strategy=undo"], "strategy/undo"),
    "unknown strategy name": (["strategy.name=undo"], "strategy.name='undo'"),
    "unknown model": (["model=gpt9"], "model/gpt9"),
    "unknown model folder": (["model.name=./nowhere"], "model.name='./nowhere'"),
    "folder without weights": (["model.name=./broken"], "model.name='broken'"),
    "unknown GGUF file": (["model=gguf", "model.path=nowhere.gguf"], "model.path='nowhere.gguf'"),
    "not a GGUF file": (["model=gguf", "model.path=no_model.gguf"], "model.path='no_model.gguf'"),
    "hub model out of reach": (["model.name=nobody/nothing"], "model.name='nobody/nothing'"),
    "hub dataset out of reach": (["dataset=hub", "dataset.id=nobody/nothing"], "dataset.id='nobody/nothing'"),
    "unknown dataset": (["dataset=nowhere"], "dataset/nowhere"),
    "wrong type": (["batch_size=many"], "batch_size='many'"),
    "wrong type in a later job of the sweep": (["seed=0,1,x"], "seed='x'"),
    "unknown option": (["+strategy.depth=3"], "strategy.depth=3"),
    "unknown option value": (["strategy.ban=gentle"], "gentle"),
    "refused combination": (["strategy.ban=none", "decoding.temperature=0"], "temperature 0"),
    "empty phrase list": (["phrases=empty.txt"], "phrases='empty.txt'"),
    "empty held-out list": (["heldout=empty.txt"], "heldout='empty.txt'"),
    "white-space phrase": (["phrases=blank.json"], "phrases='blank.json'"),
    "unknown phrase list": (["phrases=nowhere"], "phrases='nowhere'"),
    "unreadable phrase list": (["phrases=locked.txt"], "phrases='locked.txt'"),
    "no list at all": (["phrases=null"], "at least one"),
    "invalid regex": (["regexes=open.txt"], "'(the dog' is no regular expression"),
    "regex that matches the empty string": (["regexes=hungry.txt"], "'(?:the cat)?' matches the empty string"),
    "unknown scorer": (["scorers=[slopp]"], "scorers=['slopp']"),
    "unknown regex list": (["regexes=nowhere"], "embedded are: contrast"),
    "empty prompt": (["dataset.path=blank_prompt.jsonl"], "row 1"),
    "prompt longer than the context": (["dataset.path=long_prompt.jsonl"], "'long'"),
    "torn prompt file": (["dataset.path=torn.jsonl"], "torn.jsonl"),
    "unreadable prompt file": (["dataset.path=locked.jsonl"], "locked.jsonl"),
    "missing column": (["dataset.column=text"], "dataset.column='text'"),
    "no chat template": (["model.name=./plain_model", "dataset.chat_template=true"], "dataset.chat_template=True"),
    "top_p above 1": (["decoding.top_p=1.5"], "decoding.top_p=1.5"),
    "negative temperature": (["decoding.temperature=-1"], "decoding.temperature=-1.0"),
    "runs below a file": (["runs_dir=torn.jsonl/runs"], "runs_dir='torn.jsonl/runs'"),
    "reports where a file is": (["reports_dir=torn.jsonl"], "reports_dir='torn.jsonl'"),
    "unknown primary metric": (["primary_metrics=[foo]"], "primary_metrics=['foo']: 'foo' is compared by no"),
    "primary metric with a typo": (["primary_metrics=[diversity.matr_50]"], "did you mean diversity.mattr_50"),
    "primary metric of the whole set": (["primary_metrics=[diversity.self_bleu]"], "primary_metrics"),
    "primary metric of a group that is not selected": (["primary_metrics=[sites.per_1k_kept]"], "primary_metrics"),
    "margin of an unknown metric": (["+margins.foo=0.1"], "margins.foo=0.1"),
    "margin of nothing": (["margins.fluency.logprob_per_token=-1"], "margins.fluency.logprob_per_token=-1.0"),
    "two margins": (["margins.fluency.logprob_per_token=0.1,0.2"], "must be one for the whole sweep"),
    "unknown device": (["model.device=tpu"], "model.device='tpu'"),
    "unknown tracking store": (["tracking.uri=nonsense://x"], "tracking.uri='nonsense://x'"),
    "two experiments' names": (["experiment_name=a,b"], "experiment_name"),
}


@pytest.mark.parametrize("name", CASES)
def test_wrong_input_is_one_line_and_leaves_nothing(
    name: str, harness: Callable[..., int], filled: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, says = CASES[name]
    before = sorted(filled.folder.rglob("*"))
    assert harness(*arguments) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert said.out == ""
    assert sorted(filled.folder.rglob("*")) == before


def test_a_traceback_is_there_for_those_who_ask(
    harness: Callable[..., int], workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    with pytest.raises(ValueError, match="nowhere"):
        harness("phrases=nowhere")


@pytest.fixture
def filled(workplace: Workplace, tiny_model: Path) -> Workplace:
    """The workplace with every wrong file in it."""
    for name, content in FILES.items():
        (workplace.folder / name).parent.mkdir(exist_ok=True)
        workplace.file(name, content)
    for name in ("locked.txt", "locked.jsonl"):
        # A folder of that name: root, whom CI may run as, can read any file whatever its mode.
        (workplace.folder / name).mkdir()
    plain = workplace.folder / "plain_model"
    plain.mkdir()
    for path in tiny_model.iterdir():
        if not path.name.startswith("chat_template"):
            os.link(path, plain / path.name)
    return workplace
