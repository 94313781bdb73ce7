"""Both sides of a comparison do the same work: the same model, prompt and length, no end token, no truncation."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from experiments.bench.bans import ban_list
from experiments.bench.comparisons.continuous import geometric, in_batches
from experiments.bench.comparisons.forwards import checks
from experiments.bench.peer import counting_provider, is_installed, peer
from experiments.bench.writers import bare_loop, bare_tokens, counted, library, ours
from sampler import BacktrackSampler, Decoding
from strategies import AntiSlop, Plain

TOKENS = 24
GREEDY = Decoding(temperature=0)


def greedy_texts(backend, prompts, tokens=TOKENS):
    sampler = BacktrackSampler(backend, Plain(), GREEDY, max_new_tokens=tokens, batch_size=len(prompts))
    return [list(text.tokens) for text in sampler.generate(prompts)]


def test_no_token_ends_a_text(subject):
    assert subject.backend.vocab.eos == frozenset()
    assert subject.tokenizer.eos_token_id is None
    assert subject.model.generation_config.eos_token_id is None


def test_prompts_are_of_mixed_lengths_and_distinct(subject):
    prompts = subject.ragged(64)
    assert len({len(prompt) for prompt in prompts[:16]}) > 8
    assert len(set(prompts)) == 64


def test_the_bare_loop_reads_the_same_model_at_the_same_places(subject, greedy_multinomial):
    prompt = subject.prompts[0]
    assert [list(bare_tokens(subject.model, prompt, TOKENS))] == greedy_texts(subject.backend, [prompt])


def test_generate_writes_the_same_ragged_batch(subject, greedy_multinomial, monkeypatch):
    """Guards: padding on the wrong side, a mask that hides a prompt, or a truncation that the other side has not."""
    prompts, outs = subject.ragged(4), []
    generate = subject.model.generate
    monkeypatch.setattr(subject.model, "generate", lambda *a, **k: outs.append(generate(*a, **k)) or outs[-1])
    written = library(subject, prompts).run(1, TOKENS)
    assert [row[-TOKENS:] for row in outs[0].tolist()] == greedy_texts(subject.backend, prompts)
    assert written.kept == 4 * TOKENS


def test_generate_draws_from_the_whole_row(subject, monkeypatch):
    """Guards: the library's default of the 50 largest, which is less work for the draw and another text."""
    rows = []
    monkeypatch.setattr(torch, "multinomial", lambda p, num_samples: rows.append(p) or p.argmax(-1, keepdim=True))
    library(subject, subject.ragged(2)).run(1, 3)
    assert all(int((row > 0).sum(-1).min()) > 1_000 for row in rows)


def test_ours_says_what_it_took_back_and_writes_whole_texts(subject):
    side = ours("", subject.backend, AntiSlop(ban_list(subject, 10, 0.1)), subject.ragged(3))
    written = side.run(1, TOKENS)
    assert written.kept == 3 * TOKENS
    assert written.discarded > 0
    assert bare_loop(subject, subject.prompts[0]).run(1, TOKENS).drawn == TOKENS


def test_a_text_that_ends_early_is_refused(subject):
    texts = BacktrackSampler(subject.backend, Plain(), max_new_tokens=3).generate(subject.prompts[:1])
    with pytest.raises(AssertionError, match="3 of 4 tokens"):
        counted(texts, 4)


@pytest.mark.skipif(not is_installed(), reason="backtrack_sampler is not installed")
class TestPeer:
    def test_reads_the_prompt_as_the_same_tokens(self, subject):
        provider = counting_provider(subject)
        assert provider.encode(subject.texts[0], add_special_tokens=False) == list(subject.prompts[0])

    def test_counts_its_own_discards(self, subject, monkeypatch):
        """One pass of its model for each draw: kept and taken back make up all of them."""
        passes = []
        from backtrack_sampler.provider.transformers_provider import TransformersProvider

        generate = TransformersProvider.generate
        monkeypatch.setattr(TransformersProvider, "generate", lambda *a, **k: passes.append(1) or generate(*a, **k))
        written = peer(subject, ban_list(subject, 10, 0.3), subject.texts[0]).run(1, 40)
        assert written.drawn == len(passes)
        assert written.discarded > 0

    def test_draws_from_the_whole_row(self, subject, monkeypatch):
        rows, multinomial = [], torch.multinomial
        monkeypatch.setattr(torch, "multinomial", lambda p, num_samples: rows.append(p) or multinomial(p, num_samples))
        peer(subject, ban_list(subject, 10), subject.texts[0]).run(1, 3)
        assert all(int((row > 0).sum()) > 1_000 for row in rows)


def test_the_llama_loop_writes_what_our_backend_writes(subject, greedy_multinomial):
    """Guards: positions off by one, logits of another row, a prompt of which a part was not read."""
    llama = pytest.importorskip("experiments.bench.llama_loop", reason="llama-cpp-python is not installed")
    from experiments.bench.comparisons.llamacpp import BATCH, CONTEXT, FILE
    from sampler.backends import LlamaCppBackend
    from sampler.backends.llamacpp_context import ContextSettings
    from sampler.backends.llamacpp_file import open_gguf

    model, shape = open_gguf(FILE), ContextSettings(CONTEXT, BATCH, 1, "f32")
    prompts = subject.ragged(3)
    backend = LlamaCppBackend(model, shape)
    backend.vocab = dataclasses.replace(backend.vocab, eos=frozenset())
    assert llama.LlamaLoop(model, shape, 3).write(prompts, TOKENS) == greedy_texts(backend, prompts)


# -- one side, divided otherwise ---------------------------------------------------------------------------------------


def test_continuous_and_fixed_batches_write_the_same_lengths(subject):
    lengths = dict(zip(subject.ragged(12), geometric(12, 6), strict=True))
    whole, parts = (in_batches(subject, lengths, 4, at_once) for at_once in (12, 4))
    assert [len(text.tokens) for text in whole] == [len(text.tokens) for text in parts] == list(lengths.values())


# -- the check on forwards can fail ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rewound(subject):
    prompts = subject.ragged(3)
    sampler = BacktrackSampler(subject.backend, AntiSlop(ban_list(subject, 10, 0.2)), max_new_tokens=TOKENS)
    texts = sampler.generate(prompts)
    assert sum(len(text.events) for text in texts) > 3
    return texts, prompts


def test_forwards_are_what_the_events_say(rewound):
    assert all(check.holds for check in checks("2m", *rewound))


@pytest.mark.parametrize(("changes", "failing"), [({"refed": 1}, 0), ({"forwards": 1}, 1), ({"fed": 1}, 2)])
def test_one_token_or_forward_too_many_is_seen(rewound, changes, failing):
    texts, prompts = rewound
    worse = {name: getattr(texts[1].cost, name) + more for name, more in changes.items()}
    wrong = dataclasses.replace(texts[1], cost=dataclasses.replace(texts[1].cost, **worse))
    assert not checks("2m", [texts[0], wrong, texts[2]], prompts)[failing].holds
