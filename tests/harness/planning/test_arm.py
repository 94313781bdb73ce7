"""Settings become strategies, those inside others included."""

from __future__ import annotations

import pytest

from harness.config.settings import StrategySettings
from harness.errors import InputError
from harness.planning.arm import build_strategy, changed_options, label_of, meaning_of, resolved_options
from strategies import AdaptiveTemperature, AntiSlop, Chain, Debug

LISTS = {"phrases": ["a testament to"], "regexes": []}
CHAIN = StrategySettings("chain", {"strategies": ["adaptive_temperature", {"name": "antislop", "ban": "soft"}]})


def test_a_chain_is_built_with_its_parts_and_they_get_the_lists() -> None:
    chain = build_strategy(CHAIN, LISTS)
    assert isinstance(chain, Chain)
    first, second = chain.parts
    assert isinstance(first, AdaptiveTemperature)
    assert isinstance(second, AntiSlop)
    assert (second.ban, second.finder.whys) == ("soft", ("phrase:a testament to",))


def test_one_inside_one_inside_another() -> None:
    built = build_strategy(StrategySettings("debug", {"strategy": {"name": "chain", **CHAIN.options}}), LISTS)
    assert isinstance(built, Debug)
    assert isinstance(built.strategy, Chain)


def test_labels_and_identity_look_inside() -> None:
    """Two chains that differ in an inner option are two jobs with two names."""
    assert label_of(CHAIN) == "chain(adaptive_temperature, antislop ban=soft)"
    assert changed_options(CHAIN)["strategies"] == [
        {"name": "adaptive_temperature"},
        {"name": "antislop", "ban": "soft"},
    ]
    spelled = {"name": "antislop", "ban": "soft", "rewind_to": "phrase"}
    same = StrategySettings("chain", {"strategies": [{"name": "adaptive_temperature"}, spelled]})
    assert resolved_options(same) == resolved_options(CHAIN)
    hard = StrategySettings("chain", {"strategies": ["adaptive_temperature", "antislop"]})
    assert resolved_options(hard) != resolved_options(CHAIN)


def test_another_revision_of_a_part_is_another_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples of a strategy before it was changed must not be continued by the changed one."""
    before = meaning_of(CHAIN)
    monkeypatch.setattr(AntiSlop, "revision", 7)
    assert meaning_of(CHAIN) == {**before, "revisions": {"antislop": 7}}
    assert meaning_of(StrategySettings("plain")).keys() == {"name", "options"}


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("chain", {}, "strategies: there are none"),
        ("chain", {"strategies": "antislop"}, r"must be a list of groups, \[{name: antislop}\]"),
        ("chain", {"strategies": [{"ban": "soft"}]}, r"strategy.strategies\[0\].*with its name"),
        (
            "chain",
            {"strategies": [{"name": "antislop", "bam": "soft"}]},
            r"strategy.strategies\[0\].bam='soft': no option of antislop",
        ),
        (
            "chain",
            {"strategies": [{"name": "chain", "strategies": 5}]},
            r"strategy.strategies\[0\].strategies=5: must be a list",
        ),
        ("creative_writing", {"top_p_flat": "abc"}, "strategy.top_p_flat='abc': must be a number, not a text"),
        ("antislop", {"whole_words": "no"}, "strategy.whole_words='no': must be true or false, not a text"),
        ("debug", {"strategy": "plain", "top_k": 1.5}, "strategy.top_k=1.5: must be a whole number"),
        ("dry", {"breakers": [5]}, "breakers: 5 is no string"),
        ("replace", {"find": 5, "replace": "x"}, "find: 5 holds nothing to find"),
        ("chain", {"strategies": ["nope"]}, "no such strategy; there are"),
        ("debug", {}, "strategy.strategy=None: must be a strategy's name"),
        ("antislop", {"phrases": ["x"]}, "strategy.phrases=.*no option of antislop"),
        ("plain", {"top_k": 3}, "no option of plain; it has none"),
        ("replace", {"find": None, "replace": None}, "strategy.replace=None: must be a text, not null"),
        ("replace", {"find": "a"}, "missing 1 required positional argument: 'replace'"),
    ],
)
def test_what_cannot_be_built_is_one_line(name: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        build_strategy(StrategySettings(name, options), LISTS)
