"""Settings with anything in any place: frozen settings and a strategy, or an InputError of one line."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.config.compose import compose_jobs, parse_arguments
from harness.config.reading import from_config
from harness.errors import InputError
from harness.planning.arm import build_strategy
from tests.hostile.inputs import spoilt

ARMS = ("antislop", "creative_writing", "xtc", "dry", "chain", "replace", "json_schema", "vgb")
LISTS = {"phrases": ["a testament to"], "regexes": ["not .{3,9} but"]}


@cache
def config(strategy: str) -> dict[str, Any]:
    (composed,) = compose_jobs(parse_arguments([f"strategy={strategy}", "model=inkling_500k"]))
    return dict(composed)


@pytest.mark.parametrize("strategy", ARMS)
def test_any_value_anywhere(strategy: str) -> None:
    whole = config(strategy)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(changed=st.one_of(spoilt(whole), spoilt(whole["strategy"]).map(lambda part: {**whole, "strategy": part})))
    def run(changed: dict[str, Any]) -> None:
        try:
            found = from_config(changed)
            build_strategy(found.strategy, LISTS)
        except InputError as error:
            said = str(error)
        else:
            said = "taken"
        assert said
        assert "\n" not in said

    run()
