"""Debug changes nothing and tells everything."""

from __future__ import annotations

import pytest

from sampler.law import exact_law
from strategies import AntiSlop, Debug, Replace, TokenBan
from tests.models import bigram, path, random_bigram, total_variation
from tests.writing import notes, write


def test_every_draw_and_decision_is_a_line_that_a_person_can_read():
    table = [[0.05, 0.7, 0.25], [0.1, 0.05, 0.85], [0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]
    g = write(bigram(["a", "b", "<eos>"], table, {2}), Debug(AntiSlop(["ab"], whole_words=False), top_k=2))
    assert [event.note for event in g.history] == [
        "0: 'a' 0.60  'b' 0.30 | 'a' kept",
        "1: 'b' 0.70  <end> 0.25 | 'b' rewind to 0, phrase:ab",
        "0: 'a' 0.60  'b' 0.30 | 'b' settled",
        "1: <end> 0.85  'a' 0.10 | <end> settled",
    ]


def test_a_dead_end_and_a_forced_token_are_said_too():
    dead = write(
        bigram(["a", "b"], [[0.5, 0.5]] * 3), Debug(AntiSlop(["a", "b"], whole_words=False, on_exhausted="pass"))
    )
    assert "0: nothing left | kept" in notes(dead)[0]
    forced = write(path("a", "cat", "b", prompt=()), Debug(Replace("cat", "a", whole_words=False)))
    assert any("'a' forced" in note for note in notes(forced))


def test_notes_of_the_strategy_itself_come_first():
    """A soft ban whose factor cannot move the greedy choice lets the phrase pass, and says so."""
    g = write(path("a", " b"), Debug(AntiSlop({"a": 0.9}, ban="soft")))
    assert any(note.startswith("passed phrase:a; ") for note in notes(g))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_law_is_that_of_the_strategy(seed):
    backend = random_bigram(["a", "b", "c", "<eos>"], seed, {3})
    inner = AntiSlop(["ab", "ca"], whole_words=False)
    bare = exact_law(backend, inner, max_new_tokens=3)
    assert total_variation(exact_law(backend, Debug(inner), max_new_tokens=3).probability, bare.probability) < 1e-12


def test_wrong_arguments():
    with pytest.raises(ValueError, match="top_k: 0 is below 1"):
        Debug(TokenBan(["a"]), top_k=0)
    with pytest.raises(TypeError, match="is no strategy instance"):
        Debug("antislop")
