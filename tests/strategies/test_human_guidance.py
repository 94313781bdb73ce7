"""A person's choices, scripted: what is asked, what is written, what going back costs."""

from __future__ import annotations

import io
import math
import sys

import pytest

from sampler import BacktrackSampler, Decoding
from sampler.backends import ScriptedBackend
from strategies import AntiSlop, Chain, HumanGuidance, Plain, Replace
from strategies.human_guidance import GO_BACK, STOP, Option
from tests.models import random_bigram
from tests.writing import rewinds, write

VOCAB = ["a", "b", "c", "<eos>"]
EOS = {3}


class Person:
    """Answers from a script, and remembers what was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.menus = []

    def __call__(self, menu):
        self.menus.append(menu)
        return self.answers.pop(0)

    @property
    def texts(self):
        return [menu.text for menu in self.menus]


def model(*rows, eos=EOS):
    """Probabilities of a, b, c and the end by position; the last row goes on for ever."""

    def next_logits(prefix):
        row = rows[min(len(prefix), len(rows) - 1)]
        return [math.log(p) if p else -math.inf for p in row]

    return ScriptedBackend(VOCAB, next_logits, eos)


OPEN = (0.5, 0.3, 0.15, 0.05)
SURE = (0.02, 0.02, 0.95, 0.01)


AT_CHANCE = Decoding()


def guided(person, backend=None, decoding=AT_CHANCE, **options):
    limit = options.pop("max_new_tokens", 3)
    return write(backend or model(OPEN), HumanGuidance(ask=person, **options), decoding=decoding, max_new_tokens=limit)


def test_what_is_chosen_is_written_and_each_choice_is_one_draw():
    person = Person(2, 0, 1)
    g = guided(person)
    assert g.text == "cab"
    assert (g.cost.drawn, g.cost.kept, g.cost.forwards, g.events) == (3, 3, 3, ())
    assert person.texts == ["", "c", "ca"]
    assert g.logprobs == pytest.approx([math.log(0.15), math.log(0.5), math.log(0.3)])


@pytest.mark.parametrize("decoding", [Decoding(temperature=0), Decoding(top_k=1), Decoding(top_p=0.1, min_p=0.9)])
def test_the_decoding_settings_take_no_choice_away(decoding):
    assert guided(Person(2, 1, 2), decoding=decoding).text == "cbc"


def test_the_menu_shows_the_most_probable_at_the_rows_temperature():
    person = Person(0, 0, 0)
    guided(person, top_k=2, decoding=Decoding(temperature=0.5))
    total = sum(p * p for p in OPEN)
    first, second = person.menus[0].options
    assert (first.token, first.text, first.ends) == (0, "a", False)
    assert (second.token, second.text) == (1, "b")
    assert (first.probability, second.probability) == pytest.approx((0.25 / total, 0.09 / total))


def test_going_back_several_times_costs_no_draw_and_no_forward():
    """a b 1↶ 0↶ c a 1↶ b c: five tokens were fed or drawn, none of them for going back."""
    person = Person(0, 1, GO_BACK, GO_BACK, 2, 0, GO_BACK, 1, 2)
    g = guided(person)
    assert g.text == "cbc"
    assert rewinds(g) == [(2, 1, "go back"), (1, 0, "go back"), (2, 1, "go back")]
    assert person.texts == ["", "a", "ab", "a", "", "c", "ca", "c", "cb"]
    assert [menu.can_go_back for menu in person.menus] == [bool(text) for text in person.texts]
    assert (g.cost.drawn, g.cost.discarded, g.cost.forwards, g.cost.refed) == (6, 3, 6, 0)


def test_a_sure_token_is_not_asked_about_and_going_back_goes_behind_it():
    """Guards: going back onto a token that is taken without asking would come straight back, for ever."""
    person = Person(0, GO_BACK, 1, 0)
    g = guided(person, model(OPEN, SURE, SURE, OPEN), min_autopass=0.9, max_new_tokens=4)
    assert person.texts == ["", "acc", "", "bcc"]
    assert g.text == "bcca"
    assert rewinds(g) == [(3, 0, "go back")]


def test_nobody_goes_back_behind_a_sure_beginning():
    person = Person(0, GO_BACK, 1, 0)
    g = guided(person, model(SURE, OPEN), min_autopass=0.9)
    assert person.texts == ["c", "ca", "c", "cb"]
    assert [menu.can_go_back for menu in person.menus] == [False, True, False, True]
    assert g.text == "cba"


@pytest.mark.parametrize("seed", range(5))
def test_asked_about_nothing_it_is_greedy(seed):
    backend = random_bigram(VOCAB, seed, EOS)
    got = write(backend, HumanGuidance(min_autopass=0.0, ask=Person()), decoding=Decoding())
    assert got.tokens == write(backend, Plain()).tokens


def test_stop_ends_the_text_though_the_end_is_not_on_the_menu():
    person = Person(0, STOP)
    g = guided(person, top_k=2)
    assert (g.text, g.tokens, g.finish_reason) == ("a", (0, 3), "eos")
    assert all(not option.ends for option in person.menus[0].options)


def test_the_end_may_be_chosen_and_is_called_by_its_name():
    person = Person(3)
    g = guided(person, top_k=4)
    assert person.menus[0].options[3] == Option(3, "<eos>", pytest.approx(0.05), True)
    assert (g.text, g.tokens, g.finish_reason) == ("", (3,), "eos")


def test_of_several_ends_stop_takes_the_most_probable():
    assert guided(Person(0, STOP), model(OPEN, eos={1, 2}), top_k=1).tokens == (0, 1)


def test_a_vocabulary_without_an_end_offers_no_stop():
    person = Person(0, STOP)
    with pytest.raises(ValueError, match="ask: 'stop' is no choice"):
        guided(person, model(OPEN, eos=()))
    assert not person.menus[0].can_stop


@pytest.mark.parametrize("answer", [GO_BACK, 3, -1, "a", None])
def test_an_answer_that_is_not_on_the_menu_says_so(answer):
    with pytest.raises(ValueError, match=r"ask: .* is no choice"):
        guided(Person(answer))


def test_impossible_tokens_are_not_offered():
    person = Person(0, 0, 0)
    guided(person, model((1.0, 0.0, 0.0, 0.0)), min_autopass=1.0)
    assert person.menus == []
    guided(person, model((0.6, 0.4, 0.0, 0.0)), top_k=4)
    assert [len(menu.options) for menu in person.menus] == [2, 2, 2]


def test_nothing_is_streamed_that_may_still_be_taken_back():
    person = Person(0, 1, GO_BACK, 2, 0)
    sampler = BacktrackSampler(model(OPEN), HumanGuidance(ask=person), max_new_tokens=3)
    assert list(sampler.stream("")) == ["aca"]


def test_part_of_a_character_is_shown_as_its_bytes():
    backend = ScriptedBackend([b"\xe2\x80", b"\x94", "x"], lambda prefix: [1.0, 0.5, 0.0])
    person = Person(0, 1)
    g = write(backend, HumanGuidance(ask=person), max_new_tokens=2)
    assert [option.text for option in person.menus[0].options] == ["\\xe2\\x80", "\\x94", "x"]
    assert g.text == "—"


def test_in_a_chain_a_banned_choice_is_answered_by_going_back():
    """The row is empty then, as if the person had wanted no token; what was banned stays banned under its prefix."""
    person = Person(0, 1, 2, 1, 2, 0, 0)  # abc: "bc" is found, back to "a"; b is banned there: back to ""
    strategy = Chain(HumanGuidance(ask=person), AntiSlop(["bc"], whole_words=False))
    g = write(model(OPEN), strategy, max_new_tokens=3)
    assert rewinds(g) == [(3, 1, "phrase:bc"), (1, 0, "go back")]
    assert g.text == "caa"


def test_what_another_strategy_forced_was_nobodys_choice():
    person = Person(0, 1, GO_BACK, 1, 0, 0)
    replace = Replace("b", "cc", whole_words=False)
    g = write(model(OPEN), Chain(HumanGuidance(ask=person), replace), max_new_tokens=4)
    assert person.texts == ["", "a", "acc", "", "cc", "cca"]
    assert [menu.can_go_back for menu in person.menus] == [False, True, True, False, False, True]
    assert g.text == "ccaa"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top_k": 0}, "top_k: 0 is below 1"),
        ({"top_k": 2.5}, "top_k: 2.5 is not an integer"),
        ({"min_autopass": 1.5}, r"min_autopass: 1.5 is outside \[0, 1\]"),
        ({"min_autopass": math.nan}, r"min_autopass: nan is outside"),
        ({"ask": "me"}, "ask: 'me' is no function"),
    ],
)
def test_wrong_options_say_so(options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        HumanGuidance(**options)


def test_without_a_terminal_it_is_refused_instead_of_waiting(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(ValueError, match=r"ask: nobody can answer here.*pass a function"):
        BacktrackSampler(model(OPEN), HumanGuidance())
