"""AntiSlop's lists and options. What it must get right is in tests/conformance."""

from __future__ import annotations

import warnings

import pytest

from strategies import AntiSlop


def test_counts_are_ignored_with_a_notice_and_factors_are_not():
    with pytest.warns(UserWarning, match="are counts, not factors"):
        strategy = AntiSlop([["cat", 4711], ["dog", 1]], ban="soft")
    assert len(set(strategy.log_factors)) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert AntiSlop([("cat", 0.5)], ban="soft", strength=0.5).log_factors == pytest.approx((-0.34657359,))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ([], {}, "phrases: the list is empty"),
        (["ok", "  "], {}, "phrases: '  ' holds only white space"),
        ("cat", {}, "phrases: 'cat' is one string"),
        ([3], {}, "phrases: 3 is neither a string nor"),
        ([("cat", -0.5)], {}, "phrases: 'cat' has the number -0.5"),
        (["cat"], {"ban": "gentle"}, "ban: 'gentle' is unknown; use one of 'hard', 'soft', 'tilt', 'none'"),
        (["cat"], {"rewind_to": "page"}, "rewind_to: 'page' is unknown"),
        (["cat"], {"on_exhausted": "cry"}, "on_exhausted: 'cry' is unknown"),
        (["cat"], {"ban": "soft", "strength": 2}, r"strength: 2 is outside \[0, 1\]"),
    ],
)
def test_wrong_options_name_field_value_and_way_out(arguments, options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        AntiSlop(arguments, **options)
