"""Random vocabularies, models, lists and settings: what holds for every one of them."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Any

import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from sampler import Accept, BacktrackSampler, Decoding, Rewind, Strategy
from sampler.advance import advance
from sampler.backends import Extend, ScriptedBackend
from sampler.law import exact_law
from sampler.logits import own
from sampler.row import Request, Row
from strategies import AntiSlop, Chain
from tests.models import random_bigram, total_variation
from tests.writing import picture

ALPHABET = "abA .'’!\né"
FISH, E_ACUTE = "🐟".encode(), "é".encode()
PARTS = [FISH[:1], FISH[1:], FISH, E_ACUTE, E_ACUTE[:1], E_ACUTE[1:], b"\xff", b""]
WORDS = [b"a", b"b", b"A", b" ", b".", b" a", b"ab", b"b.", b"!", b"'", "’".encode(), b"\n"]
PIECES = st.sampled_from([*WORDS, *PARTS]) | st.text(ALPHABET, max_size=3).map(str.encode)
REGEXES = st.sampled_from(
    [r"\bab?\b", r"a.b", r"(?i)A+!", r"(?s)a.{0,3}!", r"é|🐟", r"(?<=a)b", r"(?m)^a", r"b+\n?", r"[.!]$"]
)


@dataclass(frozen=True)
class Case:
    """A model and what it is asked."""

    vocab: list[bytes]
    seed: int
    phrases: list[str]
    regexes: list[str]
    options: dict[str, Any]
    stop: tuple[str, ...]
    max_new_tokens: int
    max_draws: int | None
    prompts: list[list[int]]

    def backend(self) -> ScriptedBackend:
        return random_bigram([*self.vocab, "<eos>"], self.seed, {len(self.vocab)})

    def sampler(self, batch_size: int = 1) -> BacktrackSampler:
        return BacktrackSampler(
            self.backend(),
            AntiSlop(self.phrases, self.regexes, regex_timeout=10.0, **self.options),
            max_new_tokens=self.max_new_tokens,
            max_draws=self.max_draws,
            stop=self.stop,
            seed=self.seed,
            batch_size=batch_size,
        )


def said(vocab: list[bytes], most: int) -> st.SearchStrategy[str]:
    """Texts that this vocabulary is likely to write."""
    pieces = st.lists(st.sampled_from(vocab), min_size=1, max_size=most)
    return pieces.map(lambda some: b"".join(some).decode(errors="ignore").strip()) | st.text(ALPHABET, max_size=3)


@st.composite
def cases(draw, bans=("hard", "none", "soft", "tilt")):
    vocab = draw(st.lists(PIECES, min_size=2, max_size=6))
    phrases = draw(st.lists(said(vocab, 3).map(str.strip).filter(bool), max_size=4))
    options = {
        "ban": draw(st.sampled_from(bans)),
        "rewind_to": draw(st.sampled_from(["phrase", "token", "sentence", "start"])),
        "whole_words": draw(st.booleans()),
        "ignore_case": draw(st.booleans()),
        "scan_prompt": draw(st.booleans()),
        "on_exhausted": draw(st.sampled_from(["rewind_further", "stop"])),
    }
    return Case(
        vocab=vocab,
        seed=draw(st.integers(0, 999)),
        phrases=phrases,
        regexes=draw(st.lists(REGEXES, min_size=0 if phrases else 1, max_size=2)),
        options=options,
        stop=draw(st.lists(said(vocab, 2).filter(bool), max_size=2).map(tuple)),
        max_new_tokens=draw(st.integers(1, 12)),
        max_draws=draw(st.sampled_from([None, 5, 12])),
        prompts=draw(st.lists(st.lists(st.integers(0, len(vocab) - 1), max_size=3), min_size=1, max_size=4)),
    )


# -- what a ban bans, written from the page of rules --------------------------------------------------------------


def is_word(char: str) -> bool:
    return bool(re.match(r"\w", char))


def says(prompt: str, text: str, phrase: str, options: dict[str, Any]) -> bool:
    """Whether `phrase` ends in `text`, by looking at every offset; it may begin in the prompt if that is scanned."""
    whole, begin = prompt + text, len(prompt)

    def same(char: str) -> str:
        char = "'" if char == "’" else char
        return char.lower() if options["ignore_case"] else char

    wanted = [same(char) for char in phrase]
    for start in range(0 if options["scan_prompt"] else begin, len(whole) - len(phrase) + 1):
        end = start + len(phrase)
        if end <= begin or [same(char) for char in whole[start:end]] != wanted:
            continue
        left = start > 0 and is_word(whole[start - 1]) and is_word(phrase[0])
        right = end < len(whole) and is_word(whole[end]) and is_word(phrase[-1])
        if not options["whole_words"] or not (left or right):
            return True
    return False


def matches(prompt: str, text: str, pattern: str, options: dict[str, Any]) -> list[str]:
    """Matches that end in `text`, from every offset behind what is matched in the prompt alone."""
    before = prompt if options["scan_prompt"] else ""
    free = max((match.end() for match in regex.finditer(pattern, before)), default=0)
    found = regex.finditer(pattern, before + text, overlapped=True)
    return [match[0] for match in found if match.start() >= free and match.end() > len(before)]


@settings(max_examples=300)
@given(case=cases(bans=("hard", "none")))
def test_no_text_of_a_ban_says_what_is_banned(case):
    for g in case.sampler().generate(case.prompts):
        for phrase in case.phrases:
            assert not says(g.prompt, g.text, phrase, case.options), (phrase, g)
        for pattern in case.regexes:
            assert not matches(g.prompt, g.text, pattern, case.options), (pattern, g)


@settings(max_examples=200)
@given(case=cases())
def test_pieces_join_to_the_text_and_the_books_balance(case):
    """That nothing released is taken back is shown by no ContractError."""
    writer = case.sampler()
    for name, prompt in enumerate(case.prompts):
        g = writer.generate([prompt], [str(name)])[0]
        pieces = list(writer.stream(prompt, str(name)))
        assert all(pieces)
        assert "".join(pieces) == g.text
        assert not any(stop in g.text for stop in case.stop)
        assert g.cost.drawn == g.cost.kept + g.cost.discarded
        assert g.cost.kept == len(g.tokens) <= case.max_new_tokens
        assert g.cost.drawn <= (case.max_draws or 20 * case.max_new_tokens)


@settings(max_examples=100)
@given(case=cases(), batch_size=st.integers(2, 4), order=st.randoms(use_true_random=False))
def test_a_row_is_the_same_in_any_company(case, batch_size, order):
    names = [str(i) for i in range(len(case.prompts))]
    alone = {g.id: picture(g) for g in case.sampler().generate(case.prompts, names)}
    shuffled = order.sample(names, len(names))
    prompts = [case.prompts[int(name)] for name in shuffled]
    assert {g.id: picture(g) for g in case.sampler(batch_size).generate(prompts, shuffled)} == alone


# -- laws ----------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    seed=st.integers(0, 999),
    first=st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=2),
    second=st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=2),
    rewind_to=st.sampled_from(["phrase", "token"]),
)
def test_a_chain_of_two_hard_bans_draws_what_one_ban_of_both_draws(seed, first, second, rewind_to):
    backend = random_bigram(["a", "b", "c", "<eos>"], seed, {3})

    def ban(phrases):
        return AntiSlop(phrases, whole_words=False, rewind_to=rewind_to)

    laws = [
        exact_law(backend, strategy, max_new_tokens=3, tolerance=0).probability
        for strategy in (Chain(ban(first), ban(second)), ban([*first, *second]))
    ]
    assert total_variation(*laws) < 1e-12


# -- rewinds against an untouched twin -----------------------------------------------------------------------------


def unlike_any_other(vocab):
    """A model that depends on every token of the prefix: no stale cache goes unseen."""

    def next_logits(prefix):
        rng = random.Random(repr(prefix))
        return [rng.uniform(-2, 2) for _ in vocab]

    return ScriptedBackend(vocab, next_logits)


class Walk(Strategy[Any]):
    """Keeps the states of a ban, but goes back where the walk says, by number of the draw."""

    def __init__(self, inner: AntiSlop, back: dict[int, int]) -> None:
        self.inner, self.back = inner, back

    def init(self, prompt):
        return self.inner.init(prompt)

    def step(self, state, view):
        place = self.inner.finder.read(view).place
        to = self.back.get(view._row.drawn)
        if to is None or to >= len(view.tokens):
            return place, Accept(settled=False)
        return view.states[to], Rewind(to, "walk")


def written(backend, strategy, tokens, slot):
    """The row after these draws, each made as soon as the model has answered."""
    prompt = backend.vocab.prompt([0])
    row = Row(Request("walk", prompt, strategy, Decoding(), 1000, 1000), backend.vocab)
    for token in tokens:
        if not row.ready:
            row.receive(backend.extend([Extend(slot, *row.pending())]).logits[0])
        advance(row, lambda probs, key, token=token: token)
        own([logits for _, logits in filter(None, [row.borrowed()])])
    return row


@settings(max_examples=150)
@given(
    vocab=st.lists(PIECES, min_size=2, max_size=5),
    draws=st.lists(st.integers(0, 4), min_size=1, max_size=90),
    back=st.dictionaries(st.integers(1, 90), st.integers(0, 80), max_size=12),
    phrases=st.lists(st.text(ALPHABET, min_size=1, max_size=3).map(str.strip).filter(bool), min_size=1, max_size=3),
)
def test_after_any_walk_a_row_is_one_that_was_written_straight(vocab, draws, back, phrases):
    backend = unlike_any_other(vocab)
    inner, tokens = AntiSlop(phrases, [r"a.{0,3}!"]), [token % len(vocab) for token in draws]
    walked = written(backend, Walk(inner, back), tokens, slot=0)
    straight = written(backend, Walk(inner, {}), walked.tokens, slot=1)
    for name in ("tokens", "logprobs", "states"):
        assert getattr(walked, name) == getattr(straight, name), name
    assert vars(walked.text) == vars(straight.text)
    after = [backend.extend([Extend(i, *row.pending())]).logits[0] for i, row in enumerate((walked, straight))]
    assert after[0].tolist() == after[1].tolist()
    for position, held in walked.held.items():
        assert held.logits.tolist() == backend._next_logits((0, *walked.tokens[:position])), position
