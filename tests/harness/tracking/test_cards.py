"""Cards say what ran, and other people's names stay text in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown import markdown

from harness.plugins import registry
from harness.tracking.cards import EMBEDDED, law_model_card, model_card, strategy_card

HOSTILE = "<script>alert(1)</script> | **b** [x](javascript:alert(1)) `c`\n# head"
MADE = {
    "backend": "transformers",
    "dtype": "float64",
    "device": "cpu",
    "packages": {"transformers": "5.0", "torch": "2.6"},
    "model": {"label": "m", "weights": "ab12", "parameters": 529056, "context": 1024, "chat_template": None},
}


def shown(card: str) -> str:
    return markdown(card, extensions=["tables"])


def test_a_models_card_says_what_decides_its_numbers() -> None:
    card = model_card(MADE, {"threads": 1, "path": None}, embedded=True)
    rows = ("weights (SHA-256) | ab12", "parameters | 529,056", "context, tokens | 1024", "model.threads | 1")
    assert all(f"| {row} |" in card for row in rows)
    assert "| backend | transformers, transformers 5.0, torch 2.6 |" in card
    assert "| chat template (SHA-256) | – |" in card
    assert "model.path" not in card
    assert EMBEDDED in card


def test_a_real_models_card_makes_no_excuse() -> None:
    assert EMBEDDED not in model_card(MADE, {}, embedded=False)


def test_a_strategys_card_has_its_law_and_marks_what_was_changed() -> None:
    card = strategy_card("antislop ban=soft", {"name": "antislop", "ban": "soft", "rewind_to": "phrase"})
    assert "`AntiSlop` in `strategies/antislop.py`, revision 1." in card
    assert "conditioned on never saying a phrase" in card
    assert "| ban | **soft** | hard |" in card
    assert "| rewind_to | phrase | phrase |" in card


def test_a_card_of_several_strategies_tells_each() -> None:
    parts = [{"name": "xtc"}, {"name": "antislop", "ban": "soft"}]
    card = strategy_card("chain", {"name": "chain", "strategies": parts})
    assert card.count("## Inside: ") == 2
    assert "`strategies/xtc.py`" in card
    assert "| ban | **soft** | hard |" in card
    assert "`AntiSlop`" in strategy_card("debug", {"name": "debug", "strategy": "antislop"})


def test_a_strategy_that_is_not_installed_here_still_has_its_options() -> None:
    """Sweeps are logged from folders that other people's code wrote."""
    card = strategy_card("mine x=2", {"name": "mine", "x": 2})
    assert "no strategy of this installation" in card
    assert "| x | 2 | – |" in card


def test_a_strategy_in_a_file_of_ones_own_is_described_by_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guards: a module's name that leads to no file."""
    monkeypatch.setattr(registry, "_imported", {})
    (tmp_path / "calm.py").write_text(
        "from sampler import Strategy\nclass Calm(Strategy[None]):\n"
        "    'Never shouts.'\n    def __init__(self, marks: str = '!') -> None: ...\n"
    )
    registry.import_files([tmp_path / "calm.py"])
    card = strategy_card("calm marks=?", {"name": "calm", "marks": "?"})
    assert "`Calm` in `calm.py` (SHA-256 " in card
    assert "Never shouts." in card
    assert "| marks | **?** |" in card


def test_the_exact_sampler_of_the_oracle_has_a_card() -> None:
    assert "h-transform" in strategy_card("doob", {"name": "doob"})


def test_a_tiny_models_card_tells_its_size() -> None:
    card = law_model_card({"name": "ab", "vocab": ["a", "b"], "horizon": 5, "banned": ["ab"], "whole_words": False})
    assert "| vocabulary | 2 |" in card
    assert "| longest text, tokens | 5 |" in card


def test_names_of_others_stay_text() -> None:
    made = {**MADE, "model": {"label": HOSTILE, "location": HOSTILE}, "device": HOSTILE}
    arm = {"name": HOSTILE, HOSTILE: HOSTILE, "strategies": [{"name": HOSTILE}]}
    cards = (
        model_card(made, {HOSTILE: HOSTILE}, False),
        strategy_card(HOSTILE, arm),
        law_model_card({"name": HOSTILE}),
    )
    for page in map(shown, cards):
        assert "<script" not in page
        assert "javascript" not in page or "<a " not in page
        assert "<h1>head" not in page
    rows = [line for line in cards[0].splitlines() if line.startswith("|")]
    assert {line.replace(r"\|", "").count("|") for line in rows} == {3}
