"""python -m harness.score, as a user calls it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.score import main
from harness.scoring import score_job
from harness.store.jobfolder import JobFolder, Status
from harness.store.records import Sample, write_atomic, write_json, write_samples
from harness.texts import read_texts

COST = {"forwards": 6, "fed": 6, "kept": 5, "drawn": 5, "discarded": 0, "refed": 0, "rewinds": {}}


@pytest.fixture
def phrases(tmp_path: Path) -> Path:
    path = tmp_path / "list.txt"
    path.write_text("a testament to\nElara\n", encoding="utf-8")
    return path


@pytest.fixture
def job_folder(tmp_path: Path, phrases: Path) -> JobFolder:
    folder = JobFolder(tmp_path / "runs" / "x" / "0123456789ab")
    texts = ["Elara smiled at me.", "She was a testament to it.", "Nothing here at all.", "One too many Elara."]
    samples = [Sample(f"p{i}", 0, "", text, (1, 2), "eos", (-1.0, -2.0), COST, ()) for i, text in enumerate(texts)]
    write_samples(folder.samples, samples)
    folder.write_status(Status("done", None, 4, 3))
    write_atomic(folder.config, f"phrases: {phrases}\nheldout: null\n")
    write_json(folder.timing, {"segments": [{"seconds": 2.0, "forwards": 18, "kept": 15, "drawn": 15, "samples": 3}]})
    return folder


def score_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, dict[str, object]]]:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_a_run_is_scored_again(job_folder: JobFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the selected cells count: the fourth sample is of an earlier, larger run."""
    printed = score_json(capsys, str(job_folder.path))
    assert json.loads(job_folder.scores.read_text()) == printed
    assert printed["slop"]["hits_per_1k_words"]["value"] == pytest.approx(2000 / 14)
    assert printed["slop"]["hits_per_1k_words"]["n"] == 3
    assert printed["throughput"]["tok_per_s"]["value"] == 7.5
    assert set(printed["fluency"]["logprob_per_token"]) == {"value", "ci", "n", "unit"}


def test_a_run_is_scored_by_the_scorers_that_are_named(
    job_folder: JobFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    """Guards: a name that is read and forgotten, so that a new metric never appears."""
    assert "within_prompt" not in score_json(capsys, str(job_folder.path))
    assert {"slop", "within_prompt"} <= set(
        score_json(capsys, str(job_folder.path), "--scorers", "default,within_prompt")
    )
    assert main([str(job_folder.path), "--scorers", "nonsense"]) == 2
    assert "no scorer is named 'nonsense'" in capsys.readouterr().err


def test_a_run_is_scored_by_its_own_lists(job_folder: JobFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """Guards: a list that is read and forgotten."""
    with pytest.raises(SystemExit) as exit_:
        main([str(job_folder.path), "--phrases", "inkling_heldout"])
    assert exit_.value.code == 2
    assert "--phrases goes with --texts" in capsys.readouterr().err


def test_scoring_twice_gives_the_same_bytes(job_folder: JobFolder) -> None:
    score_job(job_folder.path)
    first = job_folder.scores.read_bytes()
    score_job(job_folder.path, {"job_id": "0123456789ab"})
    assert job_folder.scores.read_bytes() == first


@pytest.mark.parametrize("as_list", [True, False])
def test_texts_from_anywhere(tmp_path: Path, phrases: Path, capsys: pytest.CaptureFixture[str], as_list: bool) -> None:
    rows = [{"id": 7, "story": "Elara, a testament to no one."}, {"story": "Five words\u2028without any hit."}]
    path = tmp_path / "texts.json"
    path.write_text(json.dumps(rows) if as_list else "\n".join(json.dumps(r, ensure_ascii=False) for r in rows) + "\n")
    printed = score_json(capsys, "--texts", str(path), "--field", "story", "--phrases", str(phrases))
    assert printed["slop"]["hits_per_1k_words"]["value"] == pytest.approx(2000 / 11)
    assert printed["diversity"]["mattr_500"]["value"] is None
    assert printed["diversity"]["mattr_500"]["reason"] == "no text has 500 words"
    assert "fluency" not in printed
    assert [sample.prompt_id for sample in read_texts(path, "story")] == ["7", "2"]


def test_regexes_alone_are_counted_in_texts_from_anywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "texts.jsonl").write_text('{"output": "Not rain but fog. Not fog but rain."}\n')
    (tmp_path / "patterns.txt").write_text("(?i)\\bnot \\w+ but\n")
    arguments = ("--texts", str(tmp_path / "texts.jsonl"), "--regexes", str(tmp_path / "patterns.txt"))
    printed = score_json(capsys, *arguments)
    assert "hits_per_1k_words" not in printed["slop"]
    assert printed["slop"]["regex_hits_per_1k_words"]["value"] == pytest.approx(2000 / 8)


def test_people_get_lines(job_folder: JobFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(job_folder.path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("slop.hits_per_1k_words") and "hits/1k words  (n = 3)" in line for line in lines)
    assert any("undefined: there was no rewind" in line for line in lines)


@pytest.mark.parametrize(
    ("content", "field", "said"),
    [
        ('{"output": "a"}\n{"text": "b"}\n', "output", "row 2 has no such text; its fields are: text"),
        ('{"output": 3}', "output", "row 1 has no such text"),
        ('"a string"', "output", "row 1 is not an object"),
        ("{broken", "output", "not JSON"),
        ("", "output", "no rows"),
        ('{"id": 1, "output": "a"}\n{"id": "1", "output": "b"}', "output", 'same "id"'),
    ],
)
def test_bad_texts_are_one_line(
    tmp_path: Path, phrases: Path, capsys: pytest.CaptureFixture[str], content: str, field: str, said: str
) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text(content)
    assert main(["--texts", str(path), "--field", field, "--phrases", str(phrases)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [["nowhere"], ["--texts", "nowhere.jsonl", "--phrases", "LIST"], ["--texts", "nowhere.jsonl"], ["."]],
)
def test_bad_arguments_exit_2(
    tmp_path: Path,
    phrases: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([str(phrases) if argument == "LIST" else argument for argument in arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_neither_nor_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2
    assert "RUN_FOLDER or --texts" in capsys.readouterr().err


def test_scoring_needs_no_model() -> None:
    """Importing torch would cost seconds, and fail where only results are looked at."""
    code = (
        "import sys, harness.score, harness.report.table; sys.exit('torch' in sys.modules or 'mlflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
