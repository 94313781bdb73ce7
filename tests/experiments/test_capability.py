"""lm_eval's results beside a sweep's: arms are matched by model, strategy and options, and nothing is guessed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.capability.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = str(ROOT / "reports" / "reference")


def results(folder: Path, name: str, strategy: dict[str, object], value: float, **told: object) -> str:
    file = folder / f"{name}.json"
    told = {"model": "inkling_2m", "settings": {"strategy": strategy}, **told}
    numbers = {"alias": "x", "exact_match,strict": value, "exact_match_stderr,strict": 0.01, "acc,none": 0.5}
    file.write_text(json.dumps({"results": {"gsm8k": numbers}, "config": {"backtrack": told}}))
    return str(file)


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in each.strip("|").split("|")] for each in text.splitlines() if each.startswith("|")]


def test_an_arm_finds_its_row_by_options_and_not_by_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Defaults that are spelled out are no other arm."""
    files = [
        results(tmp_path, "a", {"name": "antislop", "ban": "soft", "strength": 0.1, "rewind_to": "phrase"}, 0.25),
        results(tmp_path, "b", {"name": "plain"}, 0.5),
        results(tmp_path, "c", {"name": "xtc"}, 0.75),
    ]
    assert main([REFERENCE, *files, "--temperature", "0.7"]) == 0
    heads, _, *body = rows(capsys.readouterr().out)
    assert heads[2:4] == ["gsm8k exact_match (strict)", "gsm8k acc"]
    found = {(row[0], row[1]): row[2:] for row in body}
    assert found["inkling_2m", "plain"][:3] == ["0.500 ± 0.010", "0.500", "–"]
    soft = found["inkling_2m", "antislop ban=soft strength=0.1"]
    assert soft[0] == "0.250 ± 0.010"
    assert float(soft[2]) > 10  # suppression, from the sweep
    assert found["inkling_2m", "xtc"][0] == "0.750 ± 0.010"  # not in the sweep
    assert found["inkling_2m", "xtc"][2:] == ["–"] * 5
    assert found["inkling_500k", "antislop"][0] == "–"  # not evaluated


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([REFERENCE, "FILE"], "choose a --temperature"),
        ([REFERENCE, "nowhere.json", "--temperature", "1"], "cannot be read"),
        (["nowhere", "FILE"], "has no table.csv"),
    ],
)
def test_wrong_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments, says) -> None:
    file = results(tmp_path, "a", {"name": "plain"}, 0.5)
    assert main([file if each == "FILE" else each for each in arguments]) == 2
    error = capsys.readouterr().err.strip()
    assert says in error
    assert "\n" not in error


def test_results_of_another_model_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hf.json").write_text(json.dumps({"results": {}, "config": {"model": "hf"}}))
    assert main([REFERENCE, str(tmp_path / "hf.json"), "--temperature", "1"]) == 2
    assert "was not written with --model backtrack" in capsys.readouterr().err
