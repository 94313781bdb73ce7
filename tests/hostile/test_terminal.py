"""Whoever names a model, a prompt, a phrase or a file: no command sends the terminal a character that acts."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.harness.terminal import Session
from tests.hostile.commands import ROOT, Said, run

ESCAPE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\u2066"
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
SMALL = ("decoding.max_new_tokens=8", "tracking=none")


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A model's folder, prompts with ids, phrases and patterns, all with names that act."""
    shutil.copytree(ROOT / "harness/data/inkling_500k", tmp_path / f"model{ESCAPE}")
    rows = [{"id": f"p{n}{ESCAPE}", "prompt": f"The ferry {ESCAPE} was late {n}."} for n in range(2)]
    (tmp_path / "prompts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / f"list{ESCAPE}.txt").write_text(f"the\nthe {ESCAPE}\n")
    (tmp_path / "patterns.json").write_text(json.dumps([f"a{re.escape(ESCAPE)}b", r"\bthe\b"]))
    return tmp_path


def settings(*more: str) -> list[str]:
    data = ["dataset=file", "dataset.path=prompts.jsonl", "dataset.id_column=id", "regexes=patterns.json"]
    return [f"model.name='./model{ESCAPE}'", f"phrases='list{ESCAPE}.txt'", "model=hf", *data, *SMALL, *more]


def quiet(said: Said) -> None:
    for text in (said.out, said.err):
        found = ACTS.search(text)
        assert not found, text[max(found.start() - 60, 0) : found.end() + 20].encode("unicode_escape")


def test_commands_that_succeed(workplace: Path) -> None:
    arms = settings("strategy=plain,antislop")
    (done, dry) = run(workplace, [("harness.__main__", arms), ("harness.__main__", [*arms, "dry_run=true"])])
    assert (done.code, dry.code) == (0, 0), done
    assert "␛]0;owned" in done.err  # progress names the model
    quiet(done)
    quiet(dry)
    jobs = sorted(path.parent for path in workplace.glob("runs/single/*/samples.jsonl"))
    (sweep,) = (path.parent for path in workplace.glob("reports/single/*/sweep.json"))
    texts = workplace / "texts.jsonl"
    texts.write_text(json.dumps({"output": f"so {ESCAPE} it ends", "id": ESCAPE}) + "\n")
    commands = [
        ("harness.score", [str(jobs[0])]),
        ("harness.score", [str(jobs[0]), "--json"]),
        ("harness.score", ["--texts", str(texts), str(texts), "--phrases", str(workplace / f"list{ESCAPE}.txt")]),
        ("harness.report.__main__", [str(sweep)]),
        ("harness.judge.__main__", [str(sweep), "--dry-run"]),
        ("harness.watch.__main__", [f"The ferry {ESCAPE}", *settings("strategy=antislop")[:3], *SMALL]),
    ]
    for said in run(workplace, commands):
        assert said.code == 0, said
        quiet(said)
    for name in ("table.md", "table.txt", "table.tex", "table.csv", "waste.csv", "displacement.csv", "report.html"):
        assert not ACTS.search((sweep / name).read_text(encoding="utf-8")), name


def test_commands_that_fail(workplace: Path) -> None:
    """Errors quote what was wrong, whoever wrote it."""
    spoilt = workplace / f"model{ESCAPE}"
    config = json.loads((spoilt / "config.json").read_text())
    (spoilt / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 9}))
    row = json.dumps({f"a{ESCAPE}": 1})
    (workplace / "other.jsonl").write_text(row + "\n")
    (workplace / "wrong.json").write_text(json.dumps([[f"a{ESCAPE}", -1]]))
    commands = [
        ("harness.__main__", settings()),  # weights that are not there: the job fails
        ("harness.__main__", [*settings()[:-9], "dataset=file", "dataset.path=other.jsonl"]),
        ("harness.__main__", ["phrases=wrong.json"]),
        ("harness.__main__", [f"strategy={ESCAPE!r}"]),
        ("harness.__main__", [f"phrases='{ESCAPE}'"]),
        ("harness.score", ["--texts", "other.jsonl", "--phrases", "inkling_banned"]),
        ("harness.score", [f"./{ESCAPE}"]),
        ("harness.report.__main__", [f"./{ESCAPE}"]),
        ("harness.judge.__main__", [f"./{ESCAPE}"]),
        ("harness.profile.__main__", [f"texts=./{ESCAPE}"]),
        ("harness.watch.__main__", ["a", f"phrases='{ESCAPE}'"]),
        ("harness.track", [f"./{ESCAPE}"]),
    ]
    for said in run(workplace, commands):
        assert said.code in (1, 2), said
        assert said.err
        quiet(said)


def test_the_bar_of_a_terminal_names_a_model_that_would_rename_it(workplace: Path) -> None:
    session = Session(workplace, "harness", *settings("strategy=plain"))
    assert session.finish() == 0
    assert session.screen.titles == []
