"""A real model small enough for every test: a random Llama over a tokenizer that knows a handful of words."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from harness.config.compose import compose_jobs, parse_arguments
from harness.planning.plan import Job, Readers, prepare

TEXT = ["the cat sat on the mat and the dog ran to the sun", "a dog and a cat met at noon near the old tree"]
CONTEXT = 64
CHAT = (
    "{% for m in messages %}<bos>{{ m.role }} {{ m.content }} {% endfor %}{% if add_generation_prompt %}the {% endif %}"
)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `save_pretrained` writes it."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    tokenizer = _tokenizer()
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=CONTEXT,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    torch.manual_seed(0)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def _tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(TEXT, trainers.BpeTrainer(vocab_size=70, special_tokens=["<bos>", "<eos>"]))
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<bos>", eos_token="<eos>", chat_template=CHAT)


@dataclass(frozen=True)
class Workplace:
    """An empty folder to work in, with a prompt file and two phrase lists, and the command line that uses them."""

    folder: Path
    arguments: tuple[str, ...]

    def command(self, *arguments: str) -> list[str]:
        """The workplace's arguments with these instead of its own for the same keys."""
        mine = {argument.partition("=")[0] for argument in arguments}
        return [own for own in self.arguments if own.partition("=")[0] not in mine] + list(arguments)

    def file(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    def job_folders(self) -> list[Path]:
        return sorted(path.parent for path in self.runs.glob("*/*/samples.jsonl"))


@pytest.fixture
def workplace(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    monkeypatch.chdir(tmp_path)
    prompts = [{"id": f"p{n}", "prompt": f"the {word}"} for n, word in enumerate(["cat", "dog", "sun", "mat", "tree"])]
    (tmp_path / "prompts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in prompts))
    (tmp_path / "banned.txt").write_text("the\ncat\na dog\n")
    (tmp_path / "heldout.txt").write_text("sun\nmat\n")
    arguments = (
        "model=hf",
        f"model.name={tiny_model}",
        "model.dtype=float64",
        "model.threads=1",
        "dataset=file",
        "dataset.path=prompts.jsonl",
        "dataset.id_column=id",
        "phrases=banned.txt",
        "heldout=heldout.txt",
        "decoding.max_new_tokens=12",
        "tracking=none",
        "batch_size=2",
    )
    return Workplace(tmp_path, arguments)


@pytest.fixture
def harness(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs `python -m harness` in this process: later arguments win over the workplace's."""
    from harness.__main__ import main

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["harness", *workplace.command(*arguments)])
        return main()

    return run


@pytest.fixture
def job(workplace: Workplace) -> Callable[..., Job]:
    """The planned job of the workplace's command line with these arguments."""

    def plan(*arguments: str) -> Job:
        (config,) = compose_jobs(parse_arguments(workplace.command(*arguments)))
        return prepare(config, Readers())

    return plan
