"""A second model reads texts: its bits are exactly those of plain transformers, and what it cannot read it says."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import processors
from transformers import AutoModelForCausalLM, AutoTokenizer

from harness.config.settings import ModelSettings
from harness.planning.readers import Reader, open_reader
from harness.planning.weights import EMBEDDED, locate
from harness.reference.likelihood import ask, ask_all, encode, questions_of
from harness.reference.model import reference_settings
from harness.running.models import load_backend
from harness.score import main
from harness.scoring.readings import Reading
from harness.store.records import Sample
from sampler.backends import Backend
from tests.harness.conftest import CONTEXT
from tests.harness.planning.test_readers import gguf_model, hf_model
from tests.sampler.families import BOS, EOS, byte_level_tokenizer, sentencepiece_tokenizer

INKLING = ModelSettings("transformers", name="inkling_500k", dtype="float64", threads=1)
PAIRS = [
    ("The ferry was late again.", " She waited in the café until noon."),
    ("The ferry wa", "s late again."),
    ("The ferry was ", "late."),
    ("", "The ferry was late again, and nobody said a word."),
]


def sample(text: str, prompt: str = "", prompt_id: str = "p") -> Sample:
    return Sample(prompt_id, 0, prompt, text, (), "eos", (), {}, ())


def opened(model: ModelSettings) -> tuple[Reader, Backend]:
    source = locate(model)
    return open_reader(model, source), load_backend(model, source)


def read(model: ModelSettings, text: str, prompt: str = "") -> Reading:
    return ask(questions_of([sample(text, prompt)])[0], *opened(model))


def tokens_of(model: ModelSettings, text: str, prompt: str = "") -> tuple[Sequence[int], Sequence[int]]:
    reader, backend = opened(model)
    return encode(questions_of([sample(text, prompt)])[0], reader, backend.vocab)


def plain_bits(folder: Path, prompt: Sequence[int], text: Sequence[int]) -> float:
    """-Σ log2 p by nothing but transformers."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64)
    ids = torch.tensor([[*prompt, *text]])
    with torch.no_grad():
        logprobs = model(ids).logits.log_softmax(-1)[0]
    return -sum(float(logprobs[len(prompt) + i - 1, token]) for i, token in enumerate(text)) / math.log(2)


@pytest.mark.parametrize(("prompt", "text"), PAIRS)
def test_bits_are_those_of_plain_transformers(prompt: str, text: str) -> None:
    """Off by one token, natural instead of binary logarithms, no BOS, or a prompt that is paid for."""
    folder = EMBEDDED / "inkling_500k"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    plain = lambda said: tokenizer(said, add_special_tokens=False).input_ids  # noqa: E731
    expected = plain_bits(folder, [tokenizer.bos_token_id, *plain(prompt)], plain(text))
    assert read(INKLING, text, prompt) == Reading(pytest.approx(expected, abs=1e-6), len(text.encode()))


def test_the_command_divides_by_bytes_and_pairs_two_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Characters are no bytes (é has two), and a ratio of sums is no mean of ratios."""
    rows = [{"prompt": prompt, "output": text} for prompt, text in PAIRS]
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    first.write_text(json.dumps(rows))
    second.write_text(json.dumps([{**row, "output": row["output"] + " It rained."} for row in rows]))
    options = ["--reference", "inkling_500k", "--prompt-field", "prompt", "--json"]
    readings = [read(INKLING, text, prompt) for prompt, text in PAIRS]
    expected = sum(reading.bits or 0 for reading in readings) / sum(len(text.encode()) for _, text in PAIRS)
    assert main(["--texts", str(first), *options]) == 0
    entry = json.loads(capsys.readouterr().out)["reference"]["bits_per_byte"]
    assert (entry["value"], entry["n"]) == (pytest.approx(expected, rel=1e-9), len(PAIRS))
    assert entry["model"] == {
        **{"label": "inkling_500k", "dtype": "float64"},
        **{name: getattr(locate(INKLING), name) for name in ("weights", "tokenizer")},
    }
    assert main(["--texts", str(first), str(second), *options]) == 0
    compared = json.loads(capsys.readouterr().out)
    difference = compared["differences"]["reference"]["bits_per_byte"]
    assert compared["reference"] == entry["model"]
    assert compared["first"]["reference"]["bits_per_byte"]["value"] == entry["value"]
    assert difference["n"] == len(PAIRS)
    assert 0 < difference["p"] <= 1


def test_prompt_and_text_are_encoded_apart() -> None:
    """Together, " was" is one token, of which neither side has all."""
    reader, backend = opened(INKLING)
    prompt, tokens = tokens_of(INKLING, "s late.", "The ferry wa")
    assert prompt == tuple(reader.encode("The ferry wa"))
    assert b"".join(map(backend.vocab.bytes_of, tokens)) == b"s late."
    assert (*prompt, *tokens) != tuple(reader.encode("The ferry was late."))


def test_the_sum_is_that_of_one_step_after_the_other() -> None:
    """`score` computes all positions at once; `extend`, which generates, one after the other."""
    from sampler.backends.base import Extend

    _, backend = opened(INKLING)
    prompt, tokens = tokens_of(INKLING, " The bell rang.", "At noon.")
    slot, bits, fed = backend.slots.acquire(), 0.0, tuple(prompt)
    for position, token in enumerate(tokens):
        keep = 0 if position == 0 else len(prompt) + position - 1
        logits = backend.extend([Extend(slot, keep, fed)]).logits[0]
        bits -= float(logits.double().log_softmax(0)[token]) / math.log(2)
        fed = (token,)
    backend.slots.release(slot)
    assert read(INKLING, " The bell rang.", "At noon.").bits == pytest.approx(bits, abs=1e-6)


def tiny(folder: Path, **changes: Any) -> ModelSettings:
    return ModelSettings("transformers", name=str(folder), dtype="float64", threads=1, **changes)


def test_a_text_that_does_not_fit_is_left_out_and_not_cut(tiny_model: Path) -> None:
    """Exactly full it is read; one token more and it has no number, whatever its beginning says."""
    texts = ("the" + " cat" * n for n in range(CONTEXT))
    full = next(text for text in texts if sum(map(len, tokens_of(tiny(tiny_model), text, "a"))) == CONTEXT)
    assert read(tiny(tiny_model), full, "a").bits is not None
    over = read(tiny(tiny_model), full + " cat", "a")
    assert (over.bits, over.scored) == (None, 0)
    assert over.reason == f"with its prompt it exceeds the reference's {CONTEXT} tokens"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("the \ud800 cat", "it has no UTF-8 form"),
        ("the cat Ω", "the reference's tokenizer cannot spell it"),
        ("the <eos> cat", "the reference's tokenizer cannot spell it"),
    ],
)
def test_what_cannot_be_read_says_why(tiny_model: Path, text: str, reason: str) -> None:
    """This tokenizer drops letters it does not know, and reads "<eos>" as an end: fewer bits for as many bytes."""
    assert read(tiny(tiny_model), text, "a") == Reading(None, 0 if "\ud800" in text else len(text.encode()), reason)


def test_a_text_alone_starts_like_a_text_and_after_a_prompt_it_does_not(tmp_path: Path) -> None:
    """SentencePiece puts a space in front of a text; after a prompt the text has none but its own."""
    tokenizer = sentencepiece_tokenizer()
    model = hf_model(tmp_path, tokenizer, None)
    prompt, alone = tokens_of(model, "The cat")
    assert (prompt, [BOS, *alone]) == ((BOS,), tokenizer("The cat").input_ids)
    assert tokenizer.convert_ids_to_tokens(list(alone))[0].startswith("▁The")
    _, after = tokens_of(model, "The cat", "a")
    assert tokenizer.convert_ids_to_tokens(list(after))[0] == "The"
    assert read(model, "The cat").bits is not None
    assert read(model, " a\n\tü").bits is not None


def test_without_a_bos_of_its_own_a_text_alone_follows_the_start_token(tmp_path: Path) -> None:
    """GPT-2 adds nothing in front: the first token must still be counted, after its EOS."""
    tokenizer = byte_level_tokenizer()
    tokenizer.backend_tokenizer.post_processor = processors.ByteLevel()
    tokenizer.bos_token = None
    model = hf_model(tmp_path, tokenizer, None)
    whole = tuple(AutoTokenizer.from_pretrained(tmp_path)("The cat").input_ids)
    assert tokens_of(model, "The cat") == ((EOS,), whole)
    assert read(model, "The cat").bits == pytest.approx(plain_bits(tmp_path, [EOS], whole), abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("make", [byte_level_tokenizer, sentencepiece_tokenizer])
def test_both_libraries_need_the_same_bits(tmp_path: Path, make: Any) -> None:
    tokenizer = make()
    hf = hf_model(tmp_path, tokenizer, None)
    gguf = gguf_model(tmp_path, tokenizer, None, kv_type="f32", device="cpu")
    for prompt, text in PAIRS:
        assert tokens_of(hf, text, prompt) == tokens_of(gguf, text, prompt)
        assert read(hf, text, prompt).bits == pytest.approx(read(gguf, text, prompt).bits, rel=1e-4)


def test_what_a_model_said_before_is_taken_over_from_that_model_alone(tiny_model: Path) -> None:
    """A reading of float64 is none of float32's, and only what is new costs a pass."""
    model = tiny(tiny_model)
    old, new = questions_of([sample("the cat"), sample("a dog")])
    first = ask_all([old], model)
    marked = replace(first, readings={old.key: Reading(1.5, 7)})
    again = ask_all([old, new], model, marked)
    assert again.readings == {old.key: Reading(1.5, 7), **ask_all([new], model).readings}
    other = ask_all([old], replace(model, dtype="float32"), marked)
    assert other.readings[old.key].bits == pytest.approx(first.readings[old.key].bits, rel=1e-4)


def test_a_reference_is_a_choice_of_conf_model() -> None:
    assert reference_settings("inkling_500k", ()) == replace(INKLING)
    assert reference_settings("gguf", ["model.path=x.gguf", "model.n_ctx=512"]).n_ctx == 512


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--reference", "nope"], "Could not find 'model/nope'"),
        (["--reference", "hf"], "model.name=None"),
        (["--reference", "inkling_2m,inkling_500k"], "names 2 models; give one"),
        (["--reference", "gguf", "--reference-set", "model.path=nowhere.gguf"], "no such file; give a GGUF file"),
        (["--reference", "hf", "--reference-set", "seed=3"], "must be model.KEY=VALUE"),
        (["--reference", "inkling_500k", "--prompt-field", "nope"], "--prompt-field='nope': row 1 has no such text"),
    ],
)
def test_wrong_references_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    (tmp_path / "a.jsonl").write_text('{"output": "the cat"}\n')
    assert main(["--texts", str(tmp_path / "a.jsonl"), *options]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
