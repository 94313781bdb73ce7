"""Every strategy of the registry keeps the contract; a new one is held to it from the moment it is registered."""

from __future__ import annotations

from typing import Any

import pytest

from sampler import Decoding
from strategies import REGISTRY, AntiSlop, Plain
from strategies.human_guidance import Menu
from tests.contracts import check_strategy
from tests.models import EOS, random_bigram

FISH = "🐟".encode()
VOCAB: list[str | bytes] = [
    "a",
    " b",
    " cat",
    "s",
    ".",
    " dog",
    "",
    '"',
    "1",
    "[",
    "]",
    " ",
    "dog",
    FISH[:2],
    FISH[2:],
    EOS,
]


def second_best(menu: Menu) -> int:
    """A person who always wants the second option."""
    return min(1, len(menu.options) - 1)


# name: (arguments, options) of examples that do something on texts of VOCAB
EXAMPLES: dict[str, list[tuple[tuple[Any, ...], dict[str, Any]]]] = {
    "adaptive_temperature": [((), {})],
    "antislop": [
        ((["cat", "b b", "dog"],), {"rewind_to": rewind_to, "ban": ban})
        for rewind_to in ("phrase", "token", "start")
        for ban in ("hard", "soft", "tilt", "none")
    ]
    + [
        ((["cat", "1"], ["(?s)b.{1,4}s", r"🐟."]), {"whole_words": False}),
        ((["a b", "🐟"],), {"on_exhausted": "pass", "whole_words": False}),
    ],
    "awrs": [((["cat", "b"],), {}), ((["a b"], ["s.?s"]), {"whole_words": False})],
    "bad_words": [((["a b", "cat"],), {})],
    "cars": [((["cat", "b"],), {}), ((["dog"], ["s.?s"]), {"whole_words": False})],
    "chain": [((AntiSlop(["cat", "b s"]), AntiSlop(["dog"], ban="tilt", strength=0.1)), {})],
    "creative_writing": [((), {"top_k_threshold_flat": 4})],
    "debug": [((AntiSlop(["cat", "dog"]),), {})],
    "dry": [((), {"allowed_length": 1})],
    "human_guidance": [((), {"ask": second_best})],
    "json_schema": [((), {}), (({"type": "array"},), {})],
    "ngram_ban": [((["cat dog", "dog cat", "b cat"],), {})],
    "plain": [((), {})],
    "rejection": [((["cat", "b"],), {})],
    "repetition_penalty": [((), {})],
    "replace": [(("cat", "dog"), {}), (("b", "a dog"), {"whole_words": False, "max_replacements": 2})],
    "token_ban": [((["cat", "dog"],), {})],
    "vgb": [((["cat", "b"],), {"steps": 20}), ((["dog"], ["s.?s"]), {"whole_words": False, "steps": 5})],
    "xtc": [((), {"threshold": 0.05, "probability": 0.5})],
}
WITHOUT_TRUNCATION = {"awrs", "cars"}  # they refuse it
CASES = [
    pytest.param(name, args, options, id=f"{name}-{i}")
    for name in REGISTRY
    for i, (args, options) in enumerate(EXAMPLES.get(name, [((), {"missing": True})]))
]


@pytest.fixture(scope="module")
def backend():
    return random_bigram(VOCAB, 11, {len(VOCAB) - 1})


@pytest.mark.parametrize(("name", "args", "options"), CASES)
def test_every_registered_strategy_keeps_the_contract(backend, name, args, options):
    assert name in EXAMPLES, f"add arguments for {name!r} to EXAMPLES in this file, so that it is held to the contract"

    def make():
        return REGISTRY[name](*args, **options)

    done = check_strategy(make, backend, "a")
    decoding = Decoding(0.8) if name in WITHOUT_TRUNCATION else Decoding(0.8, top_p=0.95)
    done += check_strategy(make, backend, "a cat", decoding=decoding, stop=("s.", "1"))
    plain = check_strategy(Plain, backend, "a")
    acts = any(g.history for g in done) or [g.tokens for g in done[:3]] != [g.tokens for g in plain]
    assert acts or name == "plain", f"these arguments let {name!r} do nothing: the check would see nothing"
