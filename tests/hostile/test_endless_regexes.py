"""A regex that takes forever, from a user's list: a stated error or note within its limit, in strategies and scores."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.score import main as score
from harness.scoring import regex_counter as counter_module
from harness.store.jobfolder import JobFolder
from harness.store.records import read_samples, write_samples
from sampler import BacktrackSampler
from strategies import AntiSlop
from strategies.compiled import MOST_ITEMS, compiled, written_out
from tests.models import path as path_model

ENDLESS = r"(?:a|a)*(?:a|a)*(?:a|a)*(?:a|a)*b\d"
GOLDEN = Path(__file__).resolve().parents[1] / "schema/version_1/runs/golden"


def test_a_strategy_notes_it_and_goes_on() -> None:
    """Every search may take its limit once; the text is finished, and says that it is not known to be clean."""
    backend = path_model("a" * 3000, *["a" * 20] * 5, " dog")
    strategy = AntiSlop(regexes=[ENDLESS, "dog"], regex_timeout=0.02)
    (out,) = BacktrackSampler(backend, strategy, max_new_tokens=12).generate([""])
    assert out.finish_reason != "error"
    assert f"timed out regex:{ENDLESS}" in {note.note for note in out.notes}
    assert "dog" not in out.text  # the other pattern still counts


def test_a_score_says_undefined_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    job = tmp_path / "job"
    shutil.copytree(next(GOLDEN.glob("*/reference.json")).parent, job)
    (tmp_path / "endless.txt").write_text(f"{ENDLESS}\n")
    folder = JobFolder(job)
    config = {**folder.read_config(), "regexes": str(tmp_path / "endless.txt")}
    folder.config.write_text(yaml.safe_dump(config))
    first, *rest = read_samples(folder.samples)
    spoilt = json.loads(first.as_line()) | {"text": "a" * 3000 + "bc"}
    write_samples(folder.samples, [type(first)(**spoilt), *rest])
    monkeypatch.setattr(counter_module.RegexCounter.__init__, "__defaults__", (0.05,))
    counter_module.regex_counter.cache_clear()
    try:
        assert score([str(job), "--json"]) == 0
    finally:
        counter_module.regex_counter.cache_clear()
    found = json.loads(capsys.readouterr().out)["slop"]["regex_hits_per_1k_words"]
    assert found["value"] is None
    assert found["reason"].startswith(f"the pattern {ENDLESS!r} took longer than 0.05 s on a text")


@pytest.mark.parametrize("source", ["(?:a{65535}){65535}", "((((a{99}){99}){99}){99}){99}", "(?:[^]]{9999}){9999}"])
def test_what_fills_the_memory_when_compiled_is_never_compiled(source: str) -> None:
    """Nothing can interrupt the compiler, so the size is known first."""
    with pytest.raises(ValueError, match="repeats so much"):
        compiled(source)


@pytest.mark.parametrize(
    ("source", "items"),
    [
        ("abc", 3),
        ("a{3}", 3),
        ("(ab){3}c", 7),
        (r"\d{9}", 9),
        (r"\{9}", 3),
        ("[{9}]", 1),
        ("[]{9}]{2}", 2),
        ("a{2,5}", 5),
        ("a{2,}", 2),
        ("(a(b{3}){2}){4}", 28),
        (")a{2}", 3),
    ],
)
def test_items_are_counted_as_they_are_written_out(source: str, items: int) -> None:
    assert written_out(source) == items


@given(st.text(st.sampled_from(list("ab(){}[]|*+?.^$\\,019:<>=!&~-")), max_size=14))
def test_any_pattern_is_compiled_or_refused(source: str) -> None:
    try:
        pattern = compiled(source)
    except ValueError:
        return
    assert pattern.pattern == source
    assert written_out(source) <= MOST_ITEMS
