"""One command: results as data, as a page and as figures; wrong input is refused in one line."""

from __future__ import annotations

import json

import pytest

from experiments.bench.__main__ import main
from experiments.bench.comparisons import COMPARISONS


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--models", "3m"], "models='3m': use some of 2m, 15m"),
        (["--models", ""], "models='': use some of"),
        (["--only", "speed"], "only='speed': use some of plain_overhead"),
        (["--rounds", "0"], "rounds=0: it is below 1"),
        (["--threads", "-1"], "threads=-1: it is below 1"),
    ],
)
def test_wrong_input_is_refused(arguments, said, capsys):
    assert main([*arguments, "--quick"]) == 2
    assert said in capsys.readouterr().err


def test_a_run_writes_data_page_and_figures(subject, tmp_path):
    names = ["plain_overhead", "continuous", "forwards"]
    assert main(["--quick", "--models", "2m", "--only", *names, "--rounds", "2", "--out", str(tmp_path)]) == 0
    data = json.loads((tmp_path / "bench.json").read_text())
    assert [result["name"] for result in data["results"]] == names
    first = data["results"][0]["lines"][0]
    (a, b), (c, d) = first["rounds"]
    pairs = [(x["written"]["kept"] / x["seconds"]) / (y["written"]["kept"] / y["seconds"]) for x, y in ((a, b), (c, d))]
    assert first["ratio"] == pytest.approx({"median": sum(pairs) / 2, "low": min(pairs), "high": max(pairs)})
    assert data["models"]["2m"]["threads"] == 1
    assert data["machine"]["packages"]["torch"]
    page = (tmp_path / "bench.md").read_text()
    assert all(f"## {name}" in page for name in names)
    assert all(check["holds"] for result in data["results"] for check in result["checks"])
    assert {path.name for path in tmp_path.iterdir()} == {"bench.json", "bench.md", "ratios.png", "ratios.pdf"}


def test_every_comparison_is_a_file_of_its_name():
    """Guards: two names for one comparison, so that --only runs another one than its page describes."""
    for name, run in COMPARISONS.items():
        assert run.__module__.endswith(f".{name}")
