"""The tokenizer takes any text, and gives phrases the shape that makes banning a first token hurt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from experiments.inkling.tokenizer import BOS, BOS_ID, EOS, EOS_ID, VOCAB_SIZE, train_tokenizer
from harness.inputs.phrases import load_phrases
from harness.scoring.words import words
from tests.inkling.conftest import DATA

_TOKENIZER = Tokenizer.from_file(str(DATA / "inkling_2m" / "tokenizer.json"))


def _ids(tokenizer: Tokenizer, text: str) -> list[int]:
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return ids


@given(st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: BOS not in text and EOS not in text))
def test_any_text_encodes_and_comes_back(text: str) -> None:
    assert _TOKENIZER.decode(_ids(_TOKENIZER, text), skip_special_tokens=False) == text


def test_a_text_begins_with_bos_and_gets_no_eos(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("Once more.").ids
    assert (tokenizer.token_to_id(BOS), tokenizer.token_to_id(EOS)) == (BOS_ID, EOS_ID)
    assert ids[0] == BOS_ID
    assert EOS_ID not in ids


def test_both_sizes_share_one_tokenizer() -> None:
    files = [(DATA / name / "tokenizer.json").read_bytes() for name in ("inkling_2m", "inkling_500k")]
    assert files[0] == files[1]
    assert Tokenizer.from_str(files[0].decode()).get_vocab_size() == VOCAB_SIZE


@pytest.mark.parametrize("name", ["inkling_banned", "inkling_heldout"])
def test_phrases_take_several_tokens(tokenizer: Tokenizer, name: str) -> None:
    entries = load_phrases(name).entries
    several = [entry for entry in entries if len(_ids(tokenizer, f" {entry}")) >= 2]
    assert len(several) >= 0.9 * len(entries)


def test_first_tokens_of_phrases_begin_innocent_words_too(tokenizer: Tokenizer, plain: list[str]) -> None:
    """Else the naive baseline, which bans first tokens, would do no harm and the comparison would show nothing."""
    innocent = {_ids(tokenizer, f" {word}")[0] for text in plain for word in text.split()}
    firsts = [_ids(tokenizer, f" {entry}")[0] for entry in load_phrases("inkling_banned").entries]
    assert sum(first in innocent for first in firsts) >= 0.5 * len(firsts)


def test_cliche_names_are_split_and_most_share_their_first_piece(tokenizer: Tokenizer, plain: list[str]) -> None:
    names = [
        _ids(tokenizer, f" {name}") for name in ("Elara", "Lyra", "Seraphina", "Kael", "Elias", "Thorne", "Eldoria")
    ]
    beginnings = {_ids(tokenizer, f" {word}")[0] for text in plain for word in text.split()}
    assert all(len(ids) >= 2 for ids in names)
    assert sum(ids[0] in beginnings for ids in names) >= 5


def test_training_is_repeatable(plain: list[str]) -> None:
    first, second = (train_tokenizer(iter(plain[:100])).to_str() for _ in range(2))
    assert first == second
    assert len({word for text in plain[:100] for word in words(text)}) > 300
