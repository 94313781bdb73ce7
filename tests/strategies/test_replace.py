"""Replace: the forced text stands where the found one began, once, and nothing loops."""

from __future__ import annotations

import pytest

from sampler.backends import ScriptedBackend
from sampler.law import exact_law
from strategies import Chain, Plain, Replace
from tests.models import bigram
from tests.writing import rewinds, write

LETTERS = [*"abcdefghijklmnopqrstuvwxyzC .~é", "a c", "at", "<eos>"]


def spells(text, extra=()):
    """A model that wants the character of `text` that belongs at each place; longer tokens in `extra` first."""
    vocab = [*LETTERS[:-1], *extra, LETTERS[-1]]

    def next_logits(prefix):
        written = "".join(vocab[token] for token in prefix)
        rest = text[len(written) :]
        best = max((token for token in range(len(vocab) - 1) if rest.startswith(vocab[token])), default=len(vocab) - 1)
        want = best if rest else len(vocab) - 1
        return [3.0 if token == want else -float(token) for token in range(len(vocab))]

    return ScriptedBackend(vocab, next_logits, {len(vocab) - 1})


def test_what_is_found_is_written_over_and_the_model_goes_on_behind_it():
    g = write(spells("the cat sat."), Replace("cat", "dog"))
    assert g.text == "the dog sat."
    assert rewinds(g) == [(7, 4, "phrase:cat")]  # "c", "at", and the space that made it a whole word
    assert g.cost.drawn == g.cost.kept + g.cost.discarded


def test_a_text_that_begins_inside_a_token_keeps_what_stands_before_it():
    """Guards: forcing the replacement over the whole token would lose "a " of "a c"."""
    assert write(spells("see a cat."), Replace("cat", "dog")).text == "see a dog."


def test_12_a_replacement_that_contains_what_it_replaces_does_not_loop():
    g = write(spells("the cat sat."), Replace("cat", "cat cat"), max_new_tokens=30)
    assert g.text.startswith("the cat cat")
    assert len(g.events) == 1


def test_what_touches_the_replacement_stays():
    """ "dog" + the model's own "s" would be found again."""
    g = write(spells("a cats."), Replace(["cat", "dogs"], "dog", whole_words=False))
    assert (g.text, len(g.events)) == ("a dogs.", 1)


def test_every_limit():
    def count(**options):
        return len(write(spells("cat cat cat."), Replace("cat", "dog", **options)).events)

    assert count() == 3
    assert count(max_replacements=2) == 2
    assert count(max_replacements=0) == 0
    assert count(skip_tokens=1) == 2
    assert count(max_new_tokens_for_replace=1) == 1
    assert count(max_prob=0.0) == 0
    assert count(max_prob=1.0) == 3


def test_max_prob_is_the_models_own_probability_of_the_first_token():
    backend = bigram(["a", "b", "<eos>"], [[0.3, 0.3, 0.4]] * 4, {2})
    low, high = Replace("a", "b", max_prob=0.29), Replace("a", "b", max_prob=0.31)
    assert any(0 in x for x in exact_law(backend, low, max_new_tokens=1).probability)
    assert not any(0 in x for x in exact_law(backend, high, max_new_tokens=1).probability)


def test_the_law_moves_the_mass_of_what_is_found_to_the_replacement():
    backend = bigram(["a", "b", "c", "<eos>"], [[0.4, 0.3, 0.2, 0.1]] * 5, {3})
    plain = exact_law(backend, Plain(), max_new_tokens=2).probability
    got = exact_law(backend, Replace("a", "c", whole_words=False), max_new_tokens=2).probability
    moved = {}
    for tokens, mass in plain.items():
        target = tuple(2 if token == 0 else token for token in tokens)
        moved[target] = moved.get(target, 0.0) + mass
    assert got == pytest.approx(moved, abs=1e-12)


def test_case_and_words():
    assert write(spells("Cat cats cat."), Replace("cat", "dog")).text == "dog cats dog."
    assert write(spells("Cat cat."), Replace("cat", "dog", ignore_case=False)).text == "Cat dog."


def test_18_the_count_is_rewound_with_the_text():
    """A replacement that another strategy takes back may be made again: the count lives in the state."""
    from strategies import AntiSlop

    once = Replace("cat", "dog", max_replacements=1)
    g = write(spells("a cat sat."), Chain(once, AntiSlop(["dog sat"])), max_new_tokens=30)
    assert "dog sat" not in g.text
    assert [why for _, _, why in rewinds(g)][:2] == ["phrase:cat", "phrase:dog sat"]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("", "x"), {}, "find: '' holds nothing to find"),
        (([], "x"), {}, r"find: \[\] holds nothing to find"),
        (("x", ""), {}, "replace: '' is no text"),
        (("x", "y"), {"max_prob": 2}, r"max_prob: 2 is outside \[0, 1\]"),
        (("x", "y"), {"max_replacements": -1}, "max_replacements: -1 is negative"),
    ],
)
def test_wrong_arguments(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        Replace(*arguments, **options)


def test_a_replacement_that_the_vocabulary_cannot_spell_fails_before_the_run():
    with pytest.raises(ValueError, match="no token of the vocabulary fits"):
        write(spells("a cat."), Replace("cat", "日本"))
