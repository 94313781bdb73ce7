"""BadWords against vLLM's rule, applied phrase by phrase."""

from __future__ import annotations

import pytest

from sampler import BacktrackSampler, Decoding, Vocab
from sampler.backends import ScriptedBackend
from strategies import AntiSlop, BadWords
from tests.models import path, random_bigram
from tests.strategies.stepwise import assert_law, assert_rewinds, softmax
from tests.writing import write

VOCAB = ["a", "b", " a", " b", "c", "<eos>"]
LENGTH = 4


@pytest.fixture(params=[1, 2, 3])
def backend(request):
    return random_bigram(VOCAB, request.param, {5})


def rule(*sequences):
    """A loop over all sequences at every draw: the last token goes where those before it are the text's end."""

    def probabilities(tokens, logits):
        for *beginning, last in sequences:
            if tokens[len(tokens) - len(beginning) :] == tuple(beginning):
                logits[last] = float("-inf")
        return softmax(logits)

    return probabilities


@pytest.mark.parametrize(
    ("phrases", "sequences"),
    [
        (["a"], [(0,), (2,)]),  # bare and spaced: two words of one token
        (["c"], [(4,)]),  # " c" cannot be written
        (["ab", "ba", "c"], [(0, 1), (2, 1), (1, 0), (3, 0), (4,)]),
        (["a b", "a bc"], [(0, 3), (2, 3), (0, 3, 4), (2, 3, 4)]),
        (["aa", "aab", "b aa"], [(0, 0), (2, 0), (0, 0, 1), (2, 0, 1), (1, 2, 0), (3, 2, 0)]),
    ],
)
def test_the_law_is_the_local_mask(backend, phrases, sequences):
    assert_law(backend, BadWords(phrases), rule(*sequences), LENGTH)


def test_a_spaced_phrase_of_another_length_is_no_sequence():
    """vLLM's condition on the spaced variant: as many tokens. So " cat" goes unseen where "cat" takes two."""
    backend = random_bigram(["c", "at", " cat", "dog", " dog", "<eos>"], 1, {5})
    assert_law(backend, BadWords(["cat", "dog"]), rule((0, 1), (3,), (4,)), 3)


def test_a_spaced_phrase_with_the_same_first_token_is_no_sequence():
    """vLLM's other condition, for tokenizers that put a space in front by themselves."""
    ids = {"cat": (0, 1), " cat": (0, 2), "dog": (3, 1), " dog": (4, 1)}
    vocab = Vocab(5, frozenset(), [b""] * 5, ids.__getitem__, ids.__getitem__)
    bound = BadWords(["cat", "dog"]).bind(vocab)
    assert [set(bound._masked([token])) for token in (0, 3, 4)] == [{1}, {1}, {1}]


def test_binding_leaves_the_strategy_as_it_was():
    strategy = BadWords(["ab"])
    strategy.bind(random_bigram(VOCAB, 1, {5}).vocab)
    assert strategy._masked([0]) == {}


def test_the_prompt_is_not_looked_at(backend):
    assert_law(backend, BadWords(["ab"]), rule((0, 1), (2, 1)), 2, prompt=(0,))


def test_a_text_taken_back_leaves_nothing_behind(backend):
    assert_rewinds(backend, BadWords(["ab", "ba"]), rule((0, 1), (2, 1), (1, 0), (3, 0)), 3, "b")


def test_other_tokenisations_go_unseen():
    """What the mask misses and a ban of text does not (CONFORMANCE 2)."""
    backend = path("we", " del", "ve", ".", " delve")
    assert write(backend, BadWords(["delve"])).text == "we delve.~"
    assert "delve" not in write(backend, AntiSlop(["delve"])).text


def test_the_beginning_of_a_phrase_stays():
    """What the mask cannot do: "a testament" is written, and something else must follow."""
    assert write(path("a", " testament", " to"), BadWords(["a testament to"])).text == "a testament~"


def test_where_everything_is_masked_the_row_ends():
    backend = ScriptedBackend(["a", "b"], lambda prefix: [0.0, 0.0])
    out = BacktrackSampler(backend, BadWords(["aa", "ab"]), Decoding(temperature=0), max_new_tokens=5).generate([""])[0]
    assert (out.text, out.finish_reason) == ("a", "exhausted")


def test_ten_thousand_phrases():
    """The look-ups of a draw are one a length, however long the list."""
    vocab = [*map(str, range(10)), "#", "<eos>"]
    backend = random_bigram(vocab, 1, {11})
    strategy = BadWords([f"#{number:04}" for number in range(10_000) if number % 10 != 7]).bind(backend.vocab)
    for tokens, masked in {(10, 4, 7, 1): set(range(10)) - {7}, (4, 7, 1): set(), (10, 4, 7): set()}.items():
        assert set(strategy._masked(tokens)) == masked
    assert strategy._lengths == (4,)


@pytest.mark.parametrize(
    ("phrases", "error", "message"),
    [([], ValueError, "phrases: the list is empty; give"), ("cat", TypeError, "phrases: 'cat' is one string")],
)
def test_wrong_options_name_field_value_and_way_out(phrases, error, message):
    with pytest.raises(error, match=message):
        BadWords(phrases)
