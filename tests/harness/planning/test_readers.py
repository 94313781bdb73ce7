"""Prompts as a model reads them, on both libraries: chat templates are complete, and BOS stands in front once."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.config.checks import KV_TYPES
from harness.config.settings import ModelSettings
from harness.errors import InputError
from harness.inputs.prompts import Message, PromptItem
from harness.planning.readers import Reader, check_prompts, open_reader
from harness.planning.weights import locate
from harness.running.models import load_backend
from tests.sampler.families import BOS, EOS, byte_level_tokenizer, llama, sentencepiece_tokenizer

TURNS = "{% for m in messages %}{{ m.role }} {{ m.content }}{{ eos_token }}{% endfor %}the"
TEMPLATES = {"with BOS": "{{ bos_token }}" + TURNS, "with BOS spelled": "<s>" + TURNS, "without BOS": TURNS}
MESSAGES = (Message("a", "cat sat"), Message("a", "dog </s>"))
TOKENIZERS = {"byte-level": byte_level_tokenizer, "sentencepiece": sentencepiece_tokenizer}


@pytest.fixture(params=TOKENIZERS)
def tokenizer(request: pytest.FixtureRequest) -> Any:
    return TOKENIZERS[request.param]()


def hf_model(folder: Path, tokenizer: Any, template: str | None) -> ModelSettings:
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    llama(tokenizer).save_pretrained(folder)
    return ModelSettings("transformers", name=str(folder), dtype="float64", threads=1)


def gguf_model(folder: Path, tokenizer: Any, template: str | None, **settings: Any) -> ModelSettings:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed: pip install '.[llamacpp]'")
    from tests.sampler.gguf_files import llama_file

    file = llama_file(folder / "tiny.gguf", tokenizer, template)
    return ModelSettings("llamacpp", path=str(file), threads=1, **settings)


def reader(model: ModelSettings) -> Reader:
    return open_reader(model, locate(model))


@pytest.mark.parametrize("template", TEMPLATES)
def test_both_libraries_render_and_read_a_chat_alike_with_no_double_bos(
    tmp_path: Path, tokenizer: Any, template: str
) -> None:
    text = TEMPLATES[template]
    item = PromptItem("p", "", MESSAGES)
    hf, gguf = reader(hf_model(tmp_path, tokenizer, text)), reader(gguf_model(tmp_path, tokenizer, text))
    assert hf.shown(item) == gguf.shown(item)
    assert hf.shown(item).endswith("a cat sat</s>a dog </s></s>the")
    tokens = tuple(gguf.tokens(item))
    assert tuple(hf.tokens(item)) == tokens
    assert tokens.count(BOS) == (0 if template == "without BOS" else 1)
    assert tokens.count(EOS) == 3  # an end that a message spells out is read like the template's


def test_a_plain_text_is_read_as_the_sampler_reads_it(tmp_path: Path, tokenizer: Any) -> None:
    for model in (hf_model(tmp_path, tokenizer, None), gguf_model(tmp_path, tokenizer, None)):
        source = locate(model)
        vocab = load_backend(model, source).vocab
        for text in ("the cat sat", "", " a"):
            tokens = tuple(open_reader(model, source).tokens(PromptItem("p", text, ())))
            assert tokens == vocab.prompt(text).tokens
            assert tokens.count(BOS) == 1


def test_a_file_without_a_template_says_so(tmp_path: Path, tokenizer: Any) -> None:
    with pytest.raises(InputError, match=r"dataset.chat_template=True: tiny has no chat template"):
        reader(gguf_model(tmp_path, tokenizer, None)).shown(PromptItem("p", "", MESSAGES))


def test_a_prompt_beyond_the_context_is_refused_by_its_tokenizer_alone(tmp_path: Path, tokenizer: Any) -> None:
    long = PromptItem("p1", "a " * 300)
    for model, context in ((gguf_model(tmp_path, tokenizer, None), 256), (hf_model(tmp_path, tokenizer, None), 256)):
        with pytest.raises(InputError, match=rf"prompt 'p1' has \d+ tokens, the model holds {context}"):
            check_prompts(model, locate(model), [PromptItem("p0", "a"), long])
    small = gguf_model(tmp_path, tokenizer, None, n_ctx=12)
    with pytest.raises(InputError, match="the model holds 12; shorten or remove it"):
        check_prompts(small, locate(small), [PromptItem("p0", "the cat sat " * 4)])


def test_settings_reach_llama_cpp(tmp_path: Path, tokenizer: Any) -> None:
    """A cache of q8_0 is coarser than one of f16; a batch of 4 takes a prompt of 8 in two decodes."""
    from sampler.backends import Extend

    batch = [Extend(0, 0, tuple(range(20, 28)))]
    coarse = gguf_model(tmp_path, tokenizer, None, kv_type="q8_0", n_batch=4, n_ctx=64, gpu_layers=0)
    fine = gguf_model(tmp_path, tokenizer, None)
    ours, default = (load_backend(model, locate(model)).extend(batch) for model in (coarse, fine))
    assert (ours.forwards, default.forwards) == ((2,), (1,))
    assert 1e-4 < float((ours.logits - default.logits).abs().max()) < 1e-2
    assert load_backend(coarse, locate(coarse)).caps.max_len == 64


def test_what_a_gguf_computes_with_is_part_of_a_jobs_meaning_and_speed_is_not() -> None:
    model = ModelSettings("llamacpp", path="a.gguf")
    assert model.meaning == {"dtype": None, "n_ctx": 2048, "kv_type": "f16"}
    for speed in ({"threads": 3}, {"n_batch": 64}, {"gpu_layers": 9}, {"device": "cpu"}):
        assert replace(model, **speed).meaning == model.meaning
    assert ModelSettings("transformers", name="x", n_ctx=5).meaning == {"dtype": None}


def test_the_cache_types_are_those_of_the_backend() -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed: pip install '.[llamacpp]'")
    from sampler.backends import llamacpp_context

    assert tuple(llamacpp_context.KV_TYPES) == KV_TYPES


def test_a_missing_llama_cpp_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards: "check the files" after make demo, which does not bring it, for a file that is sound."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "llama_cpp"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    open_reader.cache_clear()
    with pytest.raises(InputError, match=r"^model.backend='llamacpp': .*pip install 'backtrack-harness\[llamacpp\]'$"):
        reader(ModelSettings("llamacpp", path="inkling_2m_f16.gguf"))
