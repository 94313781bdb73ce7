"""The llama.cpp backend: every extend equals a fresh one, whatever was cut, replayed, grown or batched before it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import torch

from sampler import BacktrackSampler, Decoding
from sampler.backends import Extend, TransformersBackend
from sampler.errors import CacheError, MemoryExhaustedError
from strategies import AntiSlop, Plain
from tests.sampler.families import byte_level_tokenizer, llama

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed: pip install '.[llamacpp]'")

import llama_cpp

from sampler.backends import llamacpp_context
from sampler.backends.llamacpp import LlamaCppBackend
from tests.sampler.gguf_files import gemma3_file, llama_file, mamba_file

DATA = Path(__file__).resolve().parents[2] / "harness" / "data"
GGUF = DATA / "inkling_2m_f16.gguf"
PROMPTS = [json.loads(line)["prompt"] for line in (DATA / "prompts" / "inkling_prompts.jsonl").open()][:12]
BANNED = ["said", "the lamp", "for a moment", "a small smile", "couldn't help but", "old"]
WINDOW = 8
FILES = {
    "llama": llama_file,
    "sliding window": lambda path, tokenizer: gemma3_file(path, tokenizer, WINDOW),
    "recurrent": mamba_file,
}


@pytest.fixture(scope="module")
def open_file(tmp_path_factory):
    """Opens a random model of an architecture, with f32 keys and values: what is left is rounding in float32."""
    folder, tokenizer = tmp_path_factory.mktemp("gguf"), byte_level_tokenizer()
    files = {name: write(folder / f"{name}.gguf", tokenizer) for name, write in FILES.items()}

    def open_(name, **options):
        return LlamaCppBackend.from_file(files[name], **{"n_ctx": 128, "n_threads": 1, "kv_type": "f32"} | options)

    return open_


@pytest.fixture(scope="module")
def inkling():
    return LlamaCppBackend.from_file(GGUF, n_ctx=256, n_threads=1)


@pytest.fixture(scope="module")
def hf():
    return TransformersBackend.from_pretrained(str(DATA / "inkling_2m"), dtype="float32")


# -- the cache -----------------------------------------------------------------------------------------------------


def fresh(backend, tokens):
    """Logits after `tokens`, from a slot of their own."""
    return backend.extend([Extend(11, 0, tokens)]).logits[0]


@torch.inference_mode()
def reference(tokens):
    """Logits [T, V] of the llama file's model in float64, by transformers."""
    return llama(byte_level_tokenizer())(torch.tensor([tokens])).logits[0]


@pytest.mark.parametrize("name", FILES)
def test_every_extend_equals_a_fresh_one(open_file, name):
    """Ragged rewinds, reuse of slots, several tokens at once, and a context that grows while slots hold texts."""
    backend, rng, held, worst = open_file(name), random.Random(2), {}, 0.0
    for step in range(40):
        batch = []
        for slot in rng.sample(range(1 + step // 8), min(1 + step // 8, 4)):
            tokens = held.get(slot, ())
            keep = max(len(tokens) - rng.choice([0, 0, 0, 1, 9]), 0)
            new = tuple(rng.randrange(4, 300) for _ in range(rng.randint(1, 6)))
            batch.append(Extend(slot, keep, new))
            held[slot] = tokens[:keep] + new
        for row, item in zip(backend.extend(batch).logits, batch, strict=True):
            worst = max(worst, float((row - fresh(backend, held[item.slot])).abs().max()))
    assert worst < 1e-4
    assert max(map(len, held.values())) > 2 * WINDOW


@pytest.mark.parametrize("name", ["llama", "sliding window"])
def test_attention_is_cut_and_refeeds_nothing(open_file, name):
    backend = open_file(name)
    backend.extend([Extend(0, 0, tuple(range(10, 50)))])
    assert backend.extend([Extend(0, 20, (7, 8))]).fed == (2,)
    assert backend.caps.rewind == "exact"


def test_a_recurrent_model_replays_and_says_so(open_file):
    backend = open_file("recurrent")
    assert (backend.caps.rewind, backend.caps.why) == ("replay", "replay: the model is recurrent")
    backend.extend([Extend(0, 0, (5, 6, 7, 8))])
    assert backend.extend([Extend(0, 4, (9,))]).fed == (1,)
    assert backend.extend([Extend(0, 3, (9,))]).fed == (4,)


def test_a_recurrent_model_writes_what_fresh_passes_give(open_file):
    """Group 25: texts with rewinds on a model that cannot be cut."""
    backend = open_file("recurrent")
    banned, prompts = AntiSlop(list("aeiost"), whole_words=False, rewind_to="start"), ["a cat", "the end", "", "an"]
    done = BacktrackSampler(backend, banned, max_new_tokens=20, batch_size=3).generate(prompts)
    for g, prompt in zip(done, prompts, strict=True):
        want = backend.score(backend.vocab.prompt(prompt).tokens, g.tokens).tolist()
        assert g.logprobs == pytest.approx(want, abs=1e-4)
        assert (g.cost.refed > 0) == any(event.at > 1 for event in g.events)  # the last token was never fed
    assert sum(g.cost.refed for g in done) > 0


def test_a_window_that_has_dropped_what_it_would_need_is_replayed(open_file, monkeypatch):
    """llama.cpp cuts such a cache without complaint, and would go on with wrong logits."""
    full = llamacpp_context.ContextSettings.params

    def narrow(self, slots):
        params = full(self, slots)
        params.swa_full = False
        return params

    monkeypatch.setattr(llamacpp_context.ContextSettings, "params", narrow)
    backend = open_file("sliding window", n_batch=4, n_ctx=1024)
    tokens = tuple(random.Random(0).randrange(4, 300) for _ in range(600))
    backend.extend([Extend(0, 0, tokens)])
    got = backend.extend([Extend(0, 300, (7,))])
    assert got.fed == (301,)
    want = backend.extend([Extend(1, 0, (*tokens[:300], 7))]).logits
    torch.testing.assert_close(got.logits, want, atol=1e-4, rtol=0)


def test_parts_of_a_long_prompt_equal_the_whole_and_are_counted(open_file):
    whole, parts = open_file("llama"), open_file("llama", n_batch=4)
    batch = [Extend(0, 0, tuple(range(10, 40))), Extend(1, 0, (5, 6, 7))]
    a, b = whole.extend(batch), parts.extend(batch)
    torch.testing.assert_close(a.logits, b.logits, atol=1e-5, rtol=0)
    assert (a.forwards, a.fed) == ((1, 1), (30, 3))
    assert (b.forwards, b.fed) == ((8, 2), (30, 3))
    assert parts.extend([Extend(slot, 0, (5,)) for slot in range(9)]).forwards == (1,) * 9  # more rows than n_batch


def test_a_score_is_one_decode(open_file, monkeypatch):
    decoded, decode = [], llamacpp_context.Context.decode

    def counted(self, feeds):
        decoded.append(len(feeds))
        return decode(self, feeds)

    monkeypatch.setattr(llamacpp_context.Context, "decode", counted)
    prompt, tokens = (5, 6, 7), tuple(range(20, 40))
    scores = open_file("llama").score(prompt, tokens)
    assert decoded == [22]  # logits after the last token are of no use
    want = reference((*prompt, *tokens))[2:-1].log_softmax(-1)[range(20), tokens]
    torch.testing.assert_close(scores, want, atol=1e-5, rtol=0)
    decoded.clear()
    torch.testing.assert_close(open_file("llama", n_batch=5).score(prompt, tokens), want, atol=1e-5, rtol=0)
    assert decoded == [5, 5, 5, 5, 2]


def test_a_failed_decode_leaves_no_slot_that_could_be_kept(open_file, monkeypatch):
    """Group 26: going on from a half-written cache would mean wrong logits."""
    backend = open_file("llama")
    backend.extend([Extend(0, 0, (5, 6, 7))])
    with monkeypatch.context() as patched:
        patched.setattr(llama_cpp, "llama_decode", lambda context, batch: -3)
        with pytest.raises(CacheError, match="llama_decode gave -3 for 1 tokens"):
            backend.extend([Extend(0, 3, (8,))])
    with pytest.raises(CacheError, match="slot 0: asked to keep 3 tokens, but it holds 0"):
        backend.extend([Extend(0, 3, (8,))])
    torch.testing.assert_close(backend.extend([Extend(0, 0, (5, 6))]).logits[0], fresh(backend, (5, 6)))


def test_more_rows_than_llama_cpp_has_sequences_is_refused_and_nothing_lost(open_file):
    backend = open_file("llama", n_ctx=8)
    want = backend.extend([Extend(0, 0, (5, 6))]).logits
    with pytest.raises(ValueError, match=r"batch_size: 257 rows at once, but llama.cpp takes 256 at most; lower it"):
        backend.extend([Extend(256, 0, (5,))])
    torch.testing.assert_close(backend.extend([Extend(0, 1, (6,))]).logits, want, atol=1e-5, rtol=0)
    done = BacktrackSampler(backend, Plain(), max_new_tokens=2, batch_size=256).generate(["a"] * 256)
    assert {g.finish_reason for g in done} <= {"length", "eos"}


def test_a_context_that_is_lost_for_want_of_memory_is_made_again(open_file, monkeypatch):
    """Guards: a call into a context that was freed, where neither the larger one nor the old one could be made."""
    backend = open_file("llama")
    want = backend.extend([Extend(0, 0, (5, 6))]).logits
    with monkeypatch.context() as patched:
        patched.setattr(llama_cpp, "llama_init_from_model", lambda model, params: None)
        for batch in ([Extend(0, 1, (6,)), Extend(1, 0, (7,))], [Extend(0, 1, (6,))]):
            with pytest.raises(MemoryExhaustedError, match=r"llama\.cpp cannot make a context of"):
                backend.extend(batch)
    got = backend.extend([Extend(0, 1, (6,))])
    assert got.fed == (2,)  # what the slot held is fed again
    torch.testing.assert_close(got.logits, want, atol=1e-5, rtol=0)


def test_rows_go_on_where_two_contexts_in_a_row_cannot_be_made(open_file, monkeypatch):
    """Four sequences do not fit, and neither does the one that there was before."""
    make, refused = llama_cpp.llama_init_from_model, []

    def short(model, params):
        if params.n_seq_max > 2 or len(refused) == 1:
            return refused.append(params.n_seq_max)
        return make(model, params)

    def texts(batch_size):
        sampler = BacktrackSampler(open_file("llama"), Plain(), max_new_tokens=9, batch_size=batch_size)
        return [g.tokens for g in sampler.generate(["a cat", "the end", "a", "of time"])]

    want = texts(2)
    monkeypatch.setattr(llama_cpp, "llama_init_from_model", short)
    with pytest.warns(RuntimeWarning, match="going on with 2 rows at once"):
        assert texts(4) == want
    assert refused == [4, 1]


# -- settings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kv_type", "tolerance"), [("f32", 1e-6), ("f16", 1e-3), ("bf16", 5e-3), ("q8_0", 1e-2), ("q4_0", 0.1)]
)
def test_keys_and_values_are_stored_as_asked(open_file, kv_type, tolerance):
    """The largest difference of a logit from float64 transformers; measured 6e-8, 2e-4, 7e-4, 2e-3 and 2e-2."""
    tokens = tuple(range(20, 60))
    want = reference(tokens)[-1]
    got = open_file("llama", kv_type=kv_type).extend([Extend(0, 0, tokens)]).logits[0]
    assert 0 < float((got - want).abs().max()) < tolerance


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kv_type": "f8"}, "kv_type: 'f8' is unknown; use one of f32, f16, bf16, q8_0"),
        ({"n_ctx": 0}, "n_ctx: 0 is below 1"),
        ({"n_batch": 0}, "n_batch: 0 is below 1"),
        ({"n_threads": -1}, "n_threads: -1 is below 1"),
    ],
)
def test_wrong_settings_are_named(open_file, options, message):
    with pytest.raises(ValueError, match=message):
        open_file("llama", **options)


def test_a_cache_that_the_model_cannot_have_is_refused(open_file):
    """Heads of 8 are no whole block of a quantised type."""
    with pytest.raises(ValueError, match=r"kv_type: llama.cpp keeps no q8_0 cache for this model .* use f16"):
        open_file("sliding window", kv_type="q8_0")


def test_a_context_ends_where_the_models_training_did(open_file):
    assert open_file("llama", n_ctx=4096).caps.max_len == 256
    assert open_file("llama", n_ctx=100).caps.max_len == 100


# -- against transformers, on inkling ------------------------------------------------------------------------------


def test_ids_and_bytes_equal_the_hf_tokenizers(inkling, hf):
    assert inkling.vocab.eos == hf.vocab.eos
    ours, theirs = ([vocab.bytes_of(i) for i in range(vocab.size)] for vocab in (inkling.vocab, hf.vocab))
    assert ours == theirs
    for text in [*PROMPTS, "", " odd —  spacing\n\n", "naïve 漢字 🐟", "don’t"]:
        assert inkling.vocab.prompt(text).tokens == hf.vocab.prompt(text).tokens
        assert inkling.vocab.encode(text) == hf.vocab.encode(text)


def test_greedy_texts_agree_with_transformers(inkling, hf):
    """f16 weights are multiplied in f16 here, in float32 there. Of the 72 embedded prompts, 71 greedy texts of 100
    tokens are the same with f16 keys and values, 71 with f32, 64 with q8_0."""

    def texts(backend):
        sampler = BacktrackSampler(backend, AntiSlop(BANNED), Decoding(temperature=0), max_new_tokens=60)
        return sampler.generate(PROMPTS)

    ours, theirs = texts(inkling), texts(hf)
    assert sum(len(g.events) for g in ours) > 0
    assert sum(a.tokens == b.tokens for a, b in zip(ours, theirs, strict=True)) >= len(PROMPTS) - 1


@pytest.mark.parametrize("kv_type", ["f32", "f16"])
def test_logits_agree_with_transformers(hf, kv_type):
    """Largest difference of a logit over 720 places in 72 texts: 0.011 with f16 keys and values, 0.007 with f32, 0.15
    with q8_0; the most probable token was the same at all 720 (q8_0: 718)."""
    backend = LlamaCppBackend.from_file(GGUF, n_ctx=256, n_threads=1, kv_type=kv_type)
    for prompt in PROMPTS:
        batch = [Extend(0, 0, hf.vocab.prompt(prompt).tokens)]
        a, b = backend.extend(batch).logits[0], hf.extend(batch).logits[0]
        assert float((a - b).abs().max()) < 0.02
        assert a.argmax() == b.argmax()


def test_rewinds_refeed_nothing_and_streams_join(inkling):
    sampler = BacktrackSampler(inkling, AntiSlop(BANNED), max_new_tokens=60, seed=5)
    done = sampler.generate(PROMPTS)
    assert sum(g.cost.discarded for g in done) > 0
    assert all(g.cost.refed == 0 and g.cost.drawn == g.cost.kept + g.cost.discarded for g in done)
    single = BacktrackSampler(inkling, Plain(), max_new_tokens=30, seed=5)
    assert "".join(single.stream(PROMPTS[0])) == single.generate([PROMPTS[0]])[0].text


def test_a_paused_stream_outlives_a_larger_batch(open_file):
    """The context grows under it: what it held is fed again, and said to be."""
    backend = open_file("llama")
    sampler = BacktrackSampler(backend, Plain(), max_new_tokens=12)
    want = sampler.generate(["a cat"])[0].text
    stream = sampler.stream("a cat")
    begun = next(stream)
    sampler.generate(["the end of time"] * 7)
    assert begun + "".join(stream) == want
