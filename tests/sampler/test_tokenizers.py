"""Ids → bytes → text, and text → ids, on both families and both libraries, held to the libraries' own decoding."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, processors
from transformers import PreTrainedTokenizerFast

from sampler import BacktrackSampler
from sampler.backends import TransformersBackend
from sampler.backends.hf_vocab import vocab_of
from sampler.text import TextStack
from strategies import Plain
from tests.sampler.conftest import kind_of
from tests.sampler.families import BEYOND, BOS, EOS, EOT, TOOL, byte_level_tokenizer, llama, sentencepiece_tokenizer

INKLING = Path(__file__).resolve().parents[2] / "harness" / "data" / "inkling_2m_f16.gguf"

# The fixture only chooses among four models that never change.
REUSED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.text(st.sampled_from([*"acdehlostv ,.ED\n", "é", "漢", "🐟", "─", "\ufffd"]), max_size=14)


def ordinary(kind):
    """Ids that are neither an end nor beyond the tokenizer."""
    vocab = kind.backend.vocab
    return [token for token in range(vocab.size) if vocab.bytes_of(token)]


def is_byte(kind, token):
    """Whether SentencePiece falls back to this id for one byte of a text."""
    return 4 <= token < 4 + 256 and kind.family == "sentencepiece"


def stacked(kind, tokens):
    stack = TextStack()
    for token in tokens:
        stack.push(kind.backend.vocab.bytes_of(token))
    return stack


@REUSED
@given(data=st.data())
def test_pieces_join_to_the_librarys_own_decoding_of_the_whole(kind, data):
    """SentencePiece's decoding drops the first space of the whole. One exception: the ByteFallback decoder of
    `tokenizers` replaces every byte of a run that is not UTF-8 as a whole, we replace only what is invalid in it."""
    tokens = tuple(data.draw(st.lists(st.sampled_from(ordinary(kind)), max_size=12)))
    stack, vocab = stacked(kind, tokens), kind.backend.vocab
    text, decoded = str(stack) + stack.flush(), kind.decode(tokens).decode("utf-8", "replace")
    if kind.exact and kind.family == "sentencepiece":
        runs = [b"".join(map(vocab.bytes_of, run)) for byte, run in groupby(tokens, lambda t: is_byte(kind, t)) if byte]
        if any(run.decode("utf-8", "replace").encode() != run for run in runs):
            return
    assert decoded == (text.removeprefix(" ") if vocab.drops_first_space else text)


@REUSED
@given(data=st.data())
def test_a_character_begins_in_the_token_of_its_first_byte(kind, data):
    tokens = data.draw(st.lists(st.sampled_from(ordinary(kind)), max_size=12))
    stack = stacked(kind, tokens)
    owner = [i for i, token in enumerate(tokens) for _ in kind.backend.vocab.bytes_of(token)]
    data, consumed = b"".join(map(kind.backend.vocab.bytes_of, tokens)), 0
    for offset, char in enumerate(str(stack)):
        assert stack.token_at(offset) == owner[consumed]
        assert stack.char(offset) == char
        consumed += _width(data[consumed:])


def _width(data):
    """Bytes of the first character; U+FFFD stands for one whole invalid sequence."""
    first = data.decode("utf-8", "replace")[0]
    if data.startswith(first.encode()):
        return len(first.encode())
    return next(n for n in (1, 2, 3) if n == len(data) or len(data[: n + 1].decode("utf-8", "replace")) > 1)


@REUSED
@given(text=TEXTS)
def test_a_text_encoded_for_the_inside_of_another_decodes_to_itself(kind, text):
    """Guards the space that SentencePiece puts in front, and texts that merge with the anchor it is cut off behind."""
    vocab = kind.backend.vocab
    assert b"".join(map(vocab.bytes_of, vocab.encode(text))).decode() == text


@REUSED
@given(prompt=TEXTS, text=TEXTS)
def test_a_continuation_is_what_decoding_adds_to_the_prompt(kind, prompt, text):
    vocab = kind.backend.vocab
    start, tokens = vocab.prompt(prompt), vocab.encode(text)
    plain = tuple(token for token in start.tokens if token != BOS)
    added = kind.decode(plain + tokens).removeprefix(kind.decode(plain))
    ours = b"".join(vocab.first_bytes(t, start) if i == 0 else vocab.bytes_of(t) for i, t in enumerate(tokens))
    assert ours == added


def test_bos_stands_in_front_once_and_nothing_behind(kind):
    vocab = kind.backend.vocab
    assert [vocab.prompt(text).tokens.count(BOS) for text in ("", "the cat", " a")] == [1, 1, 1]
    assert all(vocab.prompt(text).tokens[0] == BOS for text in ("", "the cat"))
    assert BOS not in vocab.encode("the cat")


def test_a_prompt_of_ids_is_taken_as_it_is(kind):
    the, cat = kind.ids(" the", " cat")
    prompt = kind.backend.vocab.prompt([the, cat])
    assert prompt.tokens == (the, cat)
    assert prompt.text == ("the cat" if kind.family == "sentencepiece" else " the cat")
    with pytest.raises(ValueError, match="prompt: token id 9999 is outside the vocabulary"):
        kind.backend.vocab.prompt([9999])


def test_the_space_of_the_first_token_goes_only_where_nothing_stands_before_it(kind):
    vocab, (cat,) = kind.backend.vocab, kind.ids(" cat")
    alone = b"cat" if kind.family == "sentencepiece" else b" cat"
    assert vocab.first_bytes(cat, vocab.prompt("")) == alone == kind.decode((cat,))
    assert vocab.first_bytes(cat, vocab.prompt("the")) == b" cat"


def test_several_ids_end_a_text_and_add_nothing_to_it(kind):
    vocab = kind.backend.vocab
    assert vocab.eos == {EOS, EOT}
    assert [vocab.bytes_of(token) for token in sorted(vocab.eos)] == [b"", b""]


def test_special_and_added_tokens_are_literal_text(kind):
    vocab = kind.backend.vocab
    assert vocab.bytes_of(BOS) == b"<s>"
    (tool,) = kind.ids(TOOL)
    assert tool in vocab.encode(f"a{TOOL}a")
    assert kind.decode((tool,)).decode() == TOOL


def test_ids_beyond_the_tokenizer_decode_to_nothing_and_can_be_written(kind):
    vocab = kind.backend.vocab
    beyond = range(vocab.size - BEYOND, vocab.size)
    assert [vocab.bytes_of(token) for token in beyond] == [b""] * BEYOND
    (cat,) = kind.ids(" cat")
    plan = [cat, beyond[0], cat, beyond[-1]]
    sampler = BacktrackSampler(kind.backend, Plain(), max_new_tokens=4, draw=lambda probs, key: plan[key.position])
    out = sampler.generate(["the"])[0]
    assert (out.text, out.tokens) == (" cat cat", tuple(plan))


def test_both_libraries_read_texts_as_the_same_ids(make_kind):
    for family in ("byte-level", "sentencepiece"):
        hf, gguf = make_kind(f"hf {family}").backend.vocab, make_kind(f"gguf {family}").backend.vocab
        assert [hf.bytes_of(t) for t in range(hf.size)] == [gguf.bytes_of(t) for t in range(gguf.size)]
        for text in ["", "the cat sat", "DELVE, delve", "  two ", "naïve 漢字 🐟", "\n\nline", "The end of time."]:
            assert hf.prompt(text).tokens == gguf.prompt(text).tokens
            assert hf.encode(text) == gguf.encode(text)


@pytest.mark.parametrize("library", ["hf", "gguf"])
def test_an_end_that_a_tokenizer_puts_behind_a_text_is_left_off_a_prompt(library, tmp_path):
    tokenizer = byte_level_tokenizer()
    around = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", BOS), ("</s>", EOS)])
    tokenizer.backend_tokenizer.post_processor = around
    kind = kind_of(library, tokenizer, "byte-level", tmp_path)
    assert kind.backend.vocab.prompt("a").tokens == (BOS, *kind.ids("a"))
    assert kind.backend.vocab.prompt("").tokens == (BOS,)


@pytest.mark.parametrize("library", ["hf", "gguf"])
def test_sentencepiece_without_a_space_in_front_keeps_the_first_space(library, tmp_path):
    kind = kind_of(library, sentencepiece_tokenizer(prefix=False), "sentencepiece", tmp_path)
    vocab, (cat,) = kind.backend.vocab, kind.ids(" cat")
    assert vocab.prompt("cat").tokens == (BOS, *kind.ids("cat"))
    assert vocab.first_bytes(cat, vocab.prompt("")) == b" cat" == kind.decode((cat,))


def test_a_tokenizer_with_more_ids_than_its_model_is_refused():
    tokenizer = byte_level_tokenizer()
    with pytest.raises(ValueError, match=r"tokenizer: it has ids up to 319, but the model only 310"):
        TransformersBackend(llama(tokenizer, vocab_size=310), tokenizer)


def test_a_byte_level_name_with_characters_of_its_own_stands_for_itself():
    """As the library's decoder takes it; a vocabulary may hold such names without calling them added tokens."""
    tokenizer = byte_level_tokenizer()
    state = json.loads(tokenizer.backend_tokenizer.to_str())
    name, size = "▁漢", len(tokenizer) - 1  # in the place of the added token
    state["model"]["vocab"][name] = size
    del state["added_tokens"][-1]
    grown = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(json.dumps(state)))
    assert vocab_of(grown, size + 1, frozenset()).bytes_of(size).decode() == grown.decode([size]) == name


def test_an_empty_prompt_needs_something_to_start_from():
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE(vocab={"a": 0, "b": 1}, merges=[])))
    vocab = vocab_of(tokenizer, 2, frozenset())
    assert vocab.prompt("ab").tokens == (0, 1)
    with pytest.raises(ValueError, match="prompt: it is empty, and the tokenizer has neither BOS nor EOS"):
        vocab.prompt("")


def test_text_is_what_was_written_where_a_library_would_clean_it_up():
    """The stated exception: old decoders, llama.cpp's for "gpt-2" among them, remove spaces before punctuation."""
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed: pip install '.[llamacpp]'")
    from sampler.backends import llamacpp_file, llamacpp_vocab

    file = llamacpp_file.open_gguf(INKLING, vocab_only=True)
    vocab = llamacpp_vocab.vocab_of(file)
    tokens = vocab.encode(" a .")
    assert llamacpp_vocab.detokenize(file, tokens) == b" a."
    assert b"".join(map(vocab.bytes_of, tokens)) == b" a ."
