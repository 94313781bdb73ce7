"""The llama.cpp backend on the embedded model's GGUF: the contract of the transformers backend, and its texts."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from sampler import BacktrackSampler, Decoding
from sampler.backends import Extend, TransformersBackend
from strategies import AntiSlop, Plain

llama_cpp = pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed: pip install '.[llamacpp]'")

DATA = Path(__file__).resolve().parents[2] / "harness" / "data"
GGUF = DATA / "inkling_2m_f16.gguf"
PROMPTS = [json.loads(line)["prompt"] for line in (DATA / "prompts" / "inkling_prompts.jsonl").open()][:12]
BANNED = ["said", "the lamp", "for a moment", "a small smile", "couldn't help but", "old"]


@pytest.fixture(scope="module")
def gguf():
    from sampler.backends import LlamaCppBackend

    return LlamaCppBackend.from_file(GGUF, n_ctx=256, n_threads=1)


@pytest.fixture(scope="module")
def hf():
    return TransformersBackend.from_pretrained(str(DATA / "inkling_2m"), dtype="float32")


def test_every_extend_equals_a_fresh_one(gguf):
    """Ragged rewinds, reuse of slots, and a cache that grows while slots hold texts."""
    rng, held, worst = random.Random(2), {}, 0.0
    for step in range(30):
        batch = []
        for slot in rng.sample(range(1 + step // 3), min(1 + step // 3, 4)):
            tokens = held.get(slot, ())
            keep = max(len(tokens) - rng.choice([0, 0, 1, 5]), 0)
            new = tuple(rng.randrange(2, gguf.vocab.size) for _ in range(rng.randint(1, 4)))
            batch.append(Extend(slot, keep, new))
            held[slot] = tokens[:keep] + new
        got = gguf.extend(batch).logits
        for row, item in zip(got, batch, strict=True):
            want = gguf.extend([Extend(11, 0, held[item.slot])]).logits[0]
            worst = max(worst, float((row - want).abs().max()))
    assert worst < 2e-2  # f16 keys and values, and kernels that differ with the batch


def test_ids_and_bytes_equal_the_hf_tokenizers(gguf, hf):
    assert gguf.vocab.eos == hf.vocab.eos
    assert [gguf.vocab.bytes_of(i) for i in range(gguf.vocab.size)] == [
        hf.vocab.bytes_of(i) for i in range(hf.vocab.size)
    ]
    for text in [*PROMPTS, "", " odd —  spacing\n\n", "naïve 漢字 🐟", "don’t"]:
        assert gguf.vocab.prompt(text).tokens == hf.vocab.prompt(text).tokens
        assert gguf.vocab.encode(text) == hf.vocab.encode(text)


def test_greedy_texts_agree_with_transformers(gguf, hf):
    """Logits of the two engines differ by f16 rounding of keys and values: most greedy texts are equal to the end."""

    def texts(backend):
        sampler = BacktrackSampler(backend, AntiSlop(BANNED), Decoding(temperature=0), max_new_tokens=60)
        return sampler.generate(PROMPTS)

    ours, theirs = texts(gguf), texts(hf)
    assert sum(len(g.events) for g in ours) > 0
    assert sum(a.tokens == b.tokens for a, b in zip(ours, theirs, strict=True)) >= len(PROMPTS) - 2


def test_logits_agree_with_transformers(gguf, hf):
    for prompt in PROMPTS[:4]:
        tokens = hf.vocab.prompt(prompt).tokens
        a = gguf.extend([Extend(0, 0, tokens)]).logits[0].log_softmax(0)
        b = hf.extend([Extend(0, 0, tokens)]).logits[0].log_softmax(0)
        assert float((a - b).abs().max()) < 0.1


def test_rewinds_refeed_nothing_and_streams_join(gguf):
    sampler = BacktrackSampler(gguf, AntiSlop(BANNED), max_new_tokens=60, seed=5)
    done = sampler.generate(PROMPTS)
    assert sum(g.cost.discarded for g in done) > 0
    assert all(g.cost.refed == 0 and g.cost.drawn == g.cost.kept + g.cost.discarded for g in done)
    single = BacktrackSampler(gguf, Plain(), max_new_tokens=30, seed=5)
    assert "".join(single.stream(PROMPTS[0])) == single.generate([PROMPTS[0]])[0].text


def test_scores_are_the_drawn_logprobs(gguf):
    g = BacktrackSampler(gguf, Plain(), max_new_tokens=10).generate([PROMPTS[0]])[0]
    want = gguf.score(gguf.vocab.prompt(PROMPTS[0]).tokens, g.tokens).tolist()
    assert g.logprobs == pytest.approx(want, abs=2e-2)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (None, FileNotFoundError, "is not a file; give a .gguf file"),
        (b"not a model", ValueError, "is no GGUF file"),
        (b"GGUF\x03\x00\x00\x00 and then nothing", ValueError, "llama.cpp cannot load .* truncated, damaged"),
    ],
)
def test_a_wrong_file_is_one_clear_line(tmp_path, content, error, message):
    from sampler.backends import LlamaCppBackend

    file = tmp_path / "model.gguf"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(error, match=message):
        LlamaCppBackend.from_file(file)


def test_everything_is_freed_quietly_at_exit():
    """Guards: llama-cpp-python's destructor prints a traceback at interpreter shutdown."""
    code = (
        "from sampler.backends import LlamaCppBackend, Extend;"
        f"b = LlamaCppBackend.from_file({str(GGUF)!r}, n_ctx=64); b.extend([Extend(0, 0, (5, 6))])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
