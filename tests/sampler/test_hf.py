"""The transformers backend: every extend equals a fresh forward, whatever was rewound, reused or batched before it."""

from __future__ import annotations

import random

import pytest
import torch
from tokenizers import pre_tokenizers
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
)

from sampler import BacktrackSampler
from sampler.backends import Extend, TransformersBackend
from sampler.backends.hf_forward import cache_name
from sampler.backends.hf_vocab import byte_level_table
from sampler.errors import CacheError
from strategies import AntiSlop, Plain
from tests.sampler.families import BOS, EOS, byte_level_tokenizer
from tests.writing import counted

SIZE = 324

SHAPE = {
    "vocab_size": SIZE,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "bos_token_id": BOS,
    "eos_token_id": EOS,
}
MIXED = {"head_dim": 8, "sliding_window": 6, "layer_types": ["sliding_attention", "full_attention"]}
MODELS = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SHAPE)),
    "sliding": lambda: MistralForCausalLM(MistralConfig(**SHAPE, sliding_window=6)),
    "mixed": lambda: Gemma3ForCausalLM(Gemma3TextConfig(**SHAPE, **MIXED)),
    "learned positions": lambda: GPT2LMHeadModel(
        GPT2Config(vocab_size=SIZE, n_embd=32, n_layer=2, n_head=4, n_positions=256, bos_token_id=BOS, eos_token_id=EOS)
    ),
    "recurrent": lambda: MambaForCausalLM(
        MambaConfig(
            vocab_size=SIZE, hidden_size=32, num_hidden_layers=2, state_size=4, bos_token_id=BOS, eos_token_id=EOS
        )
    ),
}


@pytest.fixture(scope="module")
def tokenizer():
    return byte_level_tokenizer()


def backend_of(kind, tokenizer):
    torch.manual_seed(0)
    return TransformersBackend(MODELS[kind](), tokenizer)


@pytest.fixture(params=MODELS)
def kind(request):
    return request.param


def test_every_extend_equals_a_fresh_forward(kind, tokenizer):
    """60 ragged steps over 5 slots: rewinds, reuse from token 0, several tokens at once, any subset of rows."""
    backend, rng = backend_of(kind, tokenizer), random.Random(1)
    held: dict[int, tuple[int, ...]] = {}
    worst = 0.0
    for _ in range(60):
        batch = []
        for slot in rng.sample(range(5), rng.randint(1, 5)):
            tokens = held.get(slot, ())
            back = rng.choice([0, 0, rng.randint(0, 9), len(tokens) if len(tokens) > 30 else 0])
            keep = max(len(tokens) - back, 0)
            new = tuple(rng.randrange(SIZE) for _ in range(rng.randint(1, 3)))
            batch.append(Extend(slot, keep, new))
            held[slot] = tokens[:keep] + new
        got = backend.extend(batch).logits
        for row, item in zip(got, batch, strict=True):
            with torch.inference_mode():
                want = backend.model(torch.tensor([held[item.slot]]), use_cache=False).logits[0, -1]
            worst = max(worst, float((row - want).abs().max()))
    assert worst < 1e-4
    assert max(map(len, held.values())) > 12  # beyond the sliding windows


def test_a_probe_decides_who_replays(kind, tokenizer):
    caps = backend_of(kind, tokenizer).caps
    assert caps.rewind == ("replay" if kind == "recurrent" else "exact")
    assert caps.why.startswith(caps.rewind)


def test_replay_says_what_it_refed(tokenizer):
    backend = backend_of("recurrent", tokenizer)
    backend.extend([Extend(0, 0, (5, 6, 7, 8))])
    assert backend.extend([Extend(0, 4, (9,))]).fed == (1,)
    assert backend.extend([Extend(0, 3, (9,))]).fed == (4,)


@pytest.mark.parametrize("kind", ["llama", "sliding", "recurrent"])
def test_batched_texts_equal_row_by_row_texts_in_float64(kind, tokenizer):
    torch.manual_seed(0)
    backend = TransformersBackend(MODELS[kind]().double(), tokenizer)
    prompts = ["a cat", "the end of", "", "Don't — naïve", "a", "the cat sat on the mat"]
    ids = [f"p{i}" for i in range(len(prompts))]

    def texts(batch_size, order):
        # the model is random: ban what it draws often, so that rows rewind at different times
        sampler = BacktrackSampler(
            backend, AntiSlop(list("aeiost"), whole_words=False), max_new_tokens=16, batch_size=batch_size
        )
        done = sampler.generate([prompts[i] for i in order], [ids[i] for i in order])
        return {g.id: (g.text, g.tokens, *counted(g)) for g in done}

    want = texts(1, range(6))
    assert sum(len(history) for _, _, history, _ in want.values()) > 0
    for batch_size, order in ((3, [5, 2, 0, 4, 1, 3]), (6, [1, 0, 3, 2, 5, 4])):
        assert texts(batch_size, order) == want


def test_logprobs_equal_a_scoring_pass(tokenizer):
    backend = backend_of("llama", tokenizer)
    g = BacktrackSampler(backend, Plain(), max_new_tokens=12).generate(["a cat"])[0]
    want = backend.score(backend.vocab.prompt("a cat").tokens, g.tokens)
    torch.testing.assert_close(torch.tensor(g.logprobs, dtype=torch.float64), want, atol=1e-4, rtol=0)


def test_a_text_that_fills_the_context_is_scored_to_its_last_token(tokenizer):
    """The last token is asked about, not fed: context + 1 tokens are scored, and one more is refused."""
    backend = backend_of("learned positions", tokenizer)
    rng = random.Random(4)
    prompt, *tokens = (rng.randrange(SIZE) for _ in range(backend.caps.max_len + 1))
    scores = backend.score((prompt,), tokens)
    with torch.inference_mode():
        rows = backend.model(torch.tensor([[prompt, *tokens[:-1]]])).logits[0].double().log_softmax(-1)
    torch.testing.assert_close(scores, rows[range(256), tokens], atol=1e-5, rtol=0)
    with pytest.raises(ValueError, match=r"tokens: 1 of the prompt and 257 to score do not fit into .* context of 256"):
        backend.score((prompt,), [*tokens, 5])


def test_the_byte_table_is_the_tokenizers_own_alphabet():
    assert set(byte_level_table()) == set(pre_tokenizers.ByteLevel.alphabet())
    assert sorted(byte_level_table().values()) == list(range(256))


def test_a_folder_is_loaded_and_an_unknown_dtype_refused(tmp_path, tokenizer):
    backend = backend_of("llama", tokenizer)
    backend.model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    loaded = TransformersBackend.from_pretrained(str(tmp_path), dtype="float64")
    assert loaded.model.dtype == torch.float64
    assert loaded.vocab.eos == {EOS}
    assert BacktrackSampler(loaded, Plain(), max_new_tokens=3).generate(["a cat"])[0].cost.kept <= 3
    with pytest.raises(ValueError, match="dtype: 'float7' is unknown"):
        TransformersBackend.from_pretrained(str(tmp_path), dtype="float7")


@pytest.mark.parametrize(
    ("forward", "name"),
    [
        (lambda input_ids, cache=None, use_cache=None: None, "cache"),
        (lambda input_ids, past_key_values=None, use_cache=None, **more: None, "past_key_values"),
        (lambda input_ids, cache_params=None, use_cache=None: None, "cache_params"),
    ],
)
def test_the_cache_has_the_name_that_the_model_gives_it(forward, name):
    """Guards: transformers 5.24, which calls `cache` what was `past_key_values`, or `cache_params`, before."""
    assert cache_name(forward) == name


def test_a_model_without_a_cache_is_told_so():
    with pytest.raises(CacheError, match="takes none of cache, past_key_values, cache_params"):
        cache_name(lambda input_ids: None)
