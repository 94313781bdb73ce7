"""Names cut to a width: as short as they must be, and never alike where they differ."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from harness.planning.plan import Job
from harness.progress.names import names_of
from harness.progress.shorten import cut, least_width, shortened

SWEEP = ("plain", "antislop", "antislop ban=soft strength=0.1", "antislop ban=tilt strength=0.1", "antislop ban=none")
WORDS = st.sampled_from(
    ["plain", "antislop", "ban=soft", "ban=tilt", "strength=0.1", "k=雪", "x" * 9, "a=b=c", "=", ""]
)
NAMES = st.sets(st.lists(WORDS, min_size=1, max_size=4).map(" ".join) | st.text(max_size=12), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("width", "soft", "none"),
    [
        (40, "antislop ban=soft strength=0.1", "antislop ban=none"),
        (29, "antislop ban=soft", "antislop ban=none"),
        (16, "antislop soft", "antislop none"),
        (12, "antisl… soft", "antisl… none"),
        (3, None, None),
    ],
)
def test_what_tells_rows_apart_goes_last(width: int, soft: str | None, none: str | None) -> None:
    """Guards: `antislop ban=soft…` and `antislop ban=tilt…` cut to the same text."""
    short = shortened(SWEEP, width)
    assert max(map(cell_len, short.values())) <= width
    assert len(set(short.values())) == len(SWEEP)
    if soft:
        assert (short[SWEEP[2]], short[SWEEP[4]]) == (soft, none)


def test_a_difference_in_the_middle_of_long_names_is_shown() -> None:
    names = [f"meta-llama/Llama-3.{minor}-Instruct-with-a-long-end" for minor in (1, 2)]
    assert list(shortened(names, 16).values()) == ["…1-Instruct-wit…", "…2-Instruct-wit…"]


@given(NAMES, st.integers(1, 40))
def test_names_fit_and_are_changed_only_where_they_must(names: set[str], width: int) -> None:
    short = shortened(names, width)
    assert set(short) == names
    assert all(cell_len(said) <= width for said in short.values())
    if max(map(cell_len, names)) <= width:
        assert all(name == said for name, said in short.items())
    if least_width(names) <= width:
        assert len(set(short.values())) == len(names)
        assert not any("…" in said and "…" not in name for name, said in short.items())


@given(st.text(), st.integers(0, 30))
def test_a_cut_name_keeps_both_ends(text: str, width: int) -> None:
    short = cut(text, width)
    assert cell_len(short) <= width
    if cell_len(text) <= width:
        assert short == text
    else:
        head, _, tail = short.partition("…")
        assert text.startswith(head)
        assert text.endswith(tail)


def test_a_setting_that_differs_gets_a_column(job: Callable[..., Job]) -> None:
    jobs = [job("strategy=plain", f"seed={seed}", f"decoding.top_k={seed}") for seed in (1, 2)]
    assert [dict(name.settings) for name in names_of(jobs)] == [
        {"T": "1", "top_k": "1", "seed": "1"},
        {"T": "1", "top_k": "2", "seed": "2"},
    ]
