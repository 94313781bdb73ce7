"""The dynamic programme against brute force: every text listed, phrases found by a naive search of its own."""

from __future__ import annotations

import math
import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.oracle.conditional import Conditional
from harness.oracle.doob import Doob
from harness.oracle.fidelity import total_variation
from harness.oracle.tiny import FOLDER, TinyModel, load
from sampler import Decoding
from sampler.law import exact_law
from strategies import Plain

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def is_clean(model: TinyModel, text: str) -> bool:
    """Without the automaton: a regular expression per phrase, with word boundaries where a phrase has word edges."""
    edge = r"(?<!\w){}(?!\w)" if model.whole_words else "{}"
    return not any(re.search(edge.format(re.escape(phrase)), text, re.IGNORECASE) for phrase in model.banned)


def brute_force(model: TinyModel) -> tuple[dict[tuple[int, ...], float], float]:
    """P* and Z from a list of all texts."""
    law: dict[tuple[int, ...], float] = {}
    stack = [((), 1.0)]
    while stack:
        prefix, mass = stack.pop()
        for token, p in enumerate(model.following(prefix)):
            tokens = (*prefix, token)
            if p > 0 and (token == model.end or len(tokens) == model.horizon):
                law[tokens] = mass * p
            elif p > 0:
                stack.append((tokens, mass * p))
    texts = {x: "".join(model.vocab[token] for token in x if token != model.end) for x in law}
    clean = {x: p for x, p in law.items() if is_clean(model, texts[x])}
    z = sum(clean.values())
    return {x: p / z for x, p in clean.items()}, z


@pytest.mark.parametrize("name", NAMES)
def test_the_programme_is_brute_force(name: str) -> None:
    model = load(name)
    exact, z = brute_force(model)
    conditional = Conditional(model)
    assert conditional.z == pytest.approx(z, abs=1e-12)
    assert total_variation(conditional.law, exact) < 1e-12
    assert math.fsum(conditional.model_law.values()) == pytest.approx(1, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    phrases=st.lists(st.text("ab c", min_size=1, max_size=4).filter(str.strip), min_size=1, max_size=3, unique=True),
    whole_words=st.booleans(),
)
def test_the_programme_is_brute_force_for_any_list(phrases: list[str], whole_words: bool) -> None:
    """Boundaries that wait over tokens, phrases within phrases, tokens that end in the middle of one."""
    vocab = ("a", "b", " c", "ab", " ", "<eos>")
    row = dict(zip(vocab, (0.25, 0.2, 0.15, 0.15, 0.15, 0.1), strict=True))
    after = {text: row for text in vocab if text != "<eos>"}
    banned = tuple(phrase.strip() for phrase in phrases)
    model = TinyModel("any", "", vocab, "<eos>", row, after, 4, banned, whole_words)
    exact, z = brute_force(model)
    conditional = Conditional(model)
    assert conditional.z == pytest.approx(z, abs=1e-12)
    assert total_variation(conditional.law, exact) < 1e-12


@pytest.mark.parametrize("name", NAMES)
def test_doob_draws_the_exact_conditional(name: str) -> None:
    model = load(name)
    conditional = Conditional(model)
    law = exact_law(model.backend(), Doob(conditional.log_h), max_new_tokens=model.horizon)
    assert total_variation(law.probability, conditional.law) < 1e-12
    assert law.draws == pytest.approx(law.kept, abs=1e-12)
    assert law.forwards == pytest.approx(law.kept, abs=1e-12)


def test_doob_refuses_what_would_bend_its_row() -> None:
    with pytest.raises(ValueError, match="temperature 1 without truncation"):
        Doob(lambda prefix: 0.0).check(Decoding(top_k=2))


@pytest.mark.parametrize("name", NAMES)
def test_tables_and_engine_are_the_same_model(name: str) -> None:
    model = load(name)
    law = exact_law(model.backend(), Plain(), max_new_tokens=model.horizon)
    assert total_variation(law.probability, Conditional(model).model_law) < 1e-12


def test_the_number_of_texts_is_no_accident() -> None:
    """Four letters, no end before the horizon: every sequence is one text."""
    model = load("four_letters")
    letters = [i for i in range(len(model.vocab)) if i != model.end]
    assert set(Conditional(model).model_law) == set(product(letters, repeat=model.horizon))
