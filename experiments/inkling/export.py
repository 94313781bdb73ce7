"""A trained model as a Hugging Face folder: float16 weights, its tokenizer, and what ends a text."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer
from transformers import GenerationConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from experiments.inkling.sizes import CONTEXT
from experiments.inkling.tokenizer import BOS, EOS


def export_folder(model: LlamaForCausalLM, tokenizer: Tokenizer, folder: Path) -> None:
    """Write config.json, generation_config.json, model.safetensors (float16), tokenizer.json, tokenizer_config.json."""
    bos, eos = tokenizer.token_to_id(BOS), tokenizer.token_to_id(EOS)
    model.generation_config = GenerationConfig(bos_token_id=bos, eos_token_id=eos)  # type: ignore[no-untyped-call]
    model.half().save_pretrained(folder)
    exported = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BOS,
        eos_token=EOS,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    exported.save_pretrained(folder)
