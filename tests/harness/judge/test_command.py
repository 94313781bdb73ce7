"""python -m harness.judge on a sweep's folder, against a server on the loopback."""

from __future__ import annotations

import _thread
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.judge.__main__ import main
from tests.harness.judge.conftest import Server, completion
from tests.signals import hear_ctrl_c

FAST = ("--per-minute", "1e9", "--attempts", "1")


def judged(folder: Path, mode: str = "pairs") -> Any:
    return json.loads((folder / "judge.json").read_text(encoding="utf-8"))[mode]


def by_text(body: dict[str, Any], number: int) -> tuple[int, dict[str, str], Any]:
    """Prefers and praises what is good, wherever it stands."""
    user = body["messages"][1]["content"]
    if "text 2 begins" not in user:
        return 200, {}, completion(json.dumps({"score": 8 if "good" in user else 5}))
    return 200, {}, completion(json.dumps({"better": "1" if user.index("good") < user.index("bad") else "2"}))


def test_pairs_from_texts_to_the_page(two_arms: Path, endpoint: Server, capsys: pytest.CaptureFixture[str]) -> None:
    endpoint.answer = by_text
    assert main([str(two_arms), *FAST]) == 0
    arm = judged(two_arms)["arms"][0]
    assert arm["win_rate"]["value"] == pytest.approx((5 + 0.5) / 6)
    assert (arm["pairs"], arm["identical"], arm["first_share"], arm["agreement"]) == (6, 1, 0.5, 1.0)
    assert arm["p"] == pytest.approx(2 / 2**5)
    assert judged(two_arms)["requests"]["sent"] == len(endpoint.asked) == 10  # the identical pair is not asked
    page = (two_arms / "judge.md").read_text(encoding="utf-8")
    assert "| antislop | 0.92 [" in page
    assert "1,000 + 70 tokens" in page
    assert capsys.readouterr().out.strip() == str((two_arms / "judge.md").resolve())


def test_a_judge_that_looks_at_positions_is_shown_as_one(two_arms: Path, endpoint: Server) -> None:
    main([str(two_arms), *FAST])
    arm = judged(two_arms)["arms"][0]
    assert (arm["win_rate"]["value"], arm["first_share"], arm["agreement"]) == (0.5, 1.0, 0.0)


def test_what_was_answered_is_not_paid_for_again(two_arms: Path, endpoint: Server) -> None:
    endpoint.answer = by_text
    main([str(two_arms), *FAST, "--limit", "2"])
    first = len(endpoint.asked)
    main([str(two_arms), *FAST])
    assert (first, len(endpoint.asked)) == (4, 10)
    assert judged(two_arms)["requests"]["cached"] == 4
    assert judged(two_arms)["requests"]["prompt_tokens"] == 1000


def test_another_model_is_another_judge(two_arms: Path, endpoint: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    main([str(two_arms), *FAST])
    monkeypatch.setenv("JUDGE_MODEL", "judge-2")
    main([str(two_arms), *FAST])
    assert len(endpoint.asked) == 20


def test_what_failed_is_asked_again_by_the_next_run(two_arms: Path, endpoint: Server) -> None:
    endpoint.answer = lambda body, number: (500, {}, b"") if number == 3 else by_text(body, number)
    assert main([str(two_arms), *FAST]) == 1
    assert judged(two_arms)["arms"][0]["not_verdicts"] == {"unanswered": 1}
    assert main([str(two_arms), *FAST]) == 0
    assert judged(two_arms)["arms"][0]["not_verdicts"] == {}
    assert len(endpoint.asked) == 11


def test_refusals_and_nonsense_are_counted(two_arms: Path, endpoint: Server) -> None:
    said = {1: completion(None, refusal="no"), 2: completion("", "content_filter"), 3: completion("Both are fine!")}
    endpoint.answer = lambda body, number: (200, {}, said[number]) if number in said else by_text(body, number)
    main([str(two_arms), *FAST])
    arm = judged(two_arms)["arms"][0]
    assert (arm["not_verdicts"], arm["pairs"]) == ({"refused": 2, "unparsable": 1}, 4)


def test_an_endpoint_that_does_not_count_tokens(two_arms: Path, endpoint: Server) -> None:
    endpoint.answer = lambda body, number: (200, {}, {**completion('{"better": "tie"}'), "usage": None})
    main([str(two_arms), *FAST])
    assert judged(two_arms)["requests"]["uncounted"] == 10


def test_the_rubric_has_a_part_of_its_own(two_arms: Path, endpoint: Server) -> None:
    endpoint.answer = by_text
    main([str(two_arms), *FAST])
    main([str(two_arms), *FAST, "--rubric"])
    plain, treated = judged(two_arms, "rubric")["arms"]
    assert (plain["score"]["value"], plain["difference"]) == (5.0, None)
    assert treated["score"]["value"] == pytest.approx((5 * 8 + 5) / 6)
    assert treated["difference"]["value"] == pytest.approx(2.5)
    page = (two_arms / "judge.md").read_text(encoding="utf-8")
    assert page.index("## Pairs") < page.index("## Rubric")


def test_the_judges_opinion_is_in_no_other_file(two_arms: Path, endpoint: Server) -> None:
    before = {path.name for path in two_arms.iterdir()}
    main([str(two_arms), *FAST])
    assert {path.name for path in two_arms.iterdir()} - before == {"judge.json", "judge.md"}


def test_a_dry_run_needs_no_endpoint(
    two_arms: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("JUDGE_BASE_URL", raising=False)
    assert main([str(two_arms), "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("10 questions, about ")
    assert not (two_arms / "judge.json").exists()


def test_the_key_is_written_nowhere(two_arms: Path, tmp_path: Path, endpoint: Server) -> None:
    main([str(two_arms), *FAST])
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.parent.name == "judge" for path in files)
    assert not [path for path in files if b"sk-secret" in path.read_bytes()]


def test_a_wrong_key_ends_it_with_one_line(
    two_arms: Path, endpoint: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint.answer = lambda body, number: (401, {}, b"bad key\nsecond line")
    assert main([str(two_arms), *FAST]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: JUDGE_BASE_URL=")
    assert said.count("\n") == 1
    assert len(endpoint.asked) == 1
    assert not (two_arms / "judge.json").exists()


def test_a_broken_answer_on_disk_is_named(
    two_arms: Path, tmp_path: Path, endpoint: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(two_arms), *FAST])
    kept = next(path for path in tmp_path.rglob("judge/*.json"))
    kept.write_text('{"half": 1}')
    assert main([str(two_arms), *FAST]) == 2
    assert f"{kept}: no judge's answer" in capsys.readouterr().err


@pytest.fixture
def hearing_ctrl_c() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    hear_ctrl_c()
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("hearing_ctrl_c")
def test_ctrl_c_keeps_what_was_answered(two_arms: Path, endpoint: Server, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(body: dict[str, Any], number: int) -> tuple[int, dict[str, str], Any]:
        if number == 4:
            _thread.interrupt_main()
        return by_text(body, number)

    endpoint.answer = interrupted
    assert main([str(two_arms), *FAST]) == 130
    assert "the same command goes on" in capsys.readouterr().err
    assert not (two_arms / "judge.json").exists()
    endpoint.answer = by_text
    assert main([str(two_arms), *FAST]) == 0
    assert judged(two_arms)["requests"]["cached"] >= 3
    assert judged(two_arms)["arms"][0]["pairs"] == 6
