"""A trained model as a Hugging Face folder: float16 weights, its tokenizer, and what ends a text."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer
from transformers import GenerationConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from experiments.inkling.sizes import CONTEXT
from experiments.inkling.tokenizer import BOS, BOS_ID, EOS, EOS_ID


def export_folder(model: LlamaForCausalLM, tokenizer: Tokenizer, folder: Path) -> None:
    """Write config.json, generation_config.json, model.safetensors (float16), tokenizer.json, tokenizer_config.json."""
    model.generation_config = GenerationConfig(bos_token_id=BOS_ID, eos_token_id=EOS_ID)  # type: ignore[no-untyped-call]
    model.half()  # type: ignore[no-untyped-call]
    model.save_pretrained(folder)
    exported = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=BOS,
        eos_token=EOS,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    exported.save_pretrained(folder)
