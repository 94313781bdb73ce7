"""The two great families of tokenizers, small, for both libraries: byte-level BPE and SentencePiece with byte fallback.

Both know the same pieces of text, so that a test can ask for a tokenisation by its pieces. The GGUF files hold the
same vocabularies and, with `llama_file`, the same weights as the transformers models.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from sampler.backends.hf_vocab import byte_level_table

# What a test may want as one token, beside single characters; what BPE needs on the way to them is added.
TEXTS = (
    *(" a", " the", " The", " test", "ament", " to", " of", " time", " end", " cat", "cat", "ion", " edu", "The", "a"),
    *(
        " del",
        " d",
        "el",
        "ve",
        "ve,",
        "edel",
        " D",
        "EL",
        "VE",
        " dog",
        "d ",
        " sat",
        ". ",
        ", ",
        " ST",
        "OP",
        "te",
        "\n\n",
    ),
)
SPECIALS = ("<unk>", "<s>", "</s>", "<eot>")  # ids 0 to 3
UNK, BOS, EOS, EOT = range(4)
TOOL = "<tool>"  # added behind all others, and no special token
BEYOND = 5  # ids of the model that no tokenizer knows
SPACE = "▁"

_CHARACTERS = ("\n", *map(chr, range(0x21, 0x7F)))


def _grown(texts: Iterable[str]) -> tuple[str, ...]:
    """`texts` behind all their beginnings: the way on which BPE arrives at them."""
    return tuple(dict.fromkeys(text[:n] for text in texts for n in range(2, len(text) + 1)))


def _merges(alphabet: Sequence[str], grown: Sequence[str]) -> list[tuple[str, str]]:
    """Every way to put a piece together from two others, earlier pieces first."""
    known = {*alphabet, *grown}
    return [
        (piece[:n], piece[n:])
        for piece in grown
        for n in range(len(piece) - 1, 0, -1)
        if piece[:n] in known and piece[n:] in known
    ]


def byte_level_tokenizer() -> PreTrainedTokenizerFast:
    """As GPT-2 has it: every byte is a printable character."""
    table = byte_level_table()
    names = {byte: char for char, byte in table.items()}
    texts = ["".join(names[byte] for byte in text.encode()) for text in TEXTS]
    alphabet, grown = tuple(table), _grown(texts)
    vocab = {piece: i for i, piece in enumerate((*SPECIALS, *alphabet, *grown))}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=_merges(alphabet, grown)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return _finished(tokenizer)


def sentencepiece_tokenizer(prefix: bool = True) -> PreTrainedTokenizerFast:
    """As Llama 2 has it: ▁ for a space, one in front of a text (Gemma has none: no `prefix`), bytes as fallback."""
    fallback, alphabet, grown = _byte_names(), (SPACE, *_CHARACTERS), _grown(text.replace(" ", SPACE) for text in TEXTS)
    vocab = {piece: i for i, piece in enumerate((*SPECIALS, *fallback, *alphabet, *grown))}
    bpe = models.BPE(
        vocab=vocab, merges=_merges(alphabet, grown), byte_fallback=True, unk_token=SPECIALS[UNK], fuse_unk=True
    )
    tokenizer = Tokenizer(bpe)
    spaces = normalizers.Replace(" ", SPACE)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend(SPACE), spaces]) if prefix else spaces
    strip = [decoders.Strip(" ", 1, 0)] if prefix else []
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), *strip]
    )
    return _finished(tokenizer)


def _byte_names() -> tuple[str, ...]:
    return tuple(f"<0x{byte:02X}>" for byte in range(256))


def _finished(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in SPECIALS])
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", BOS)])
    names = {"unk_token": SPECIALS[UNK], "bos_token": SPECIALS[BOS], "eos_token": SPECIALS[EOS]}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)
    fast.add_tokens([AddedToken(TOOL, normalized=False)])
    return fast


def llama(tokenizer: Any, dtype: torch.dtype = torch.float64, **changes: Any) -> LlamaForCausalLM:
    """A random Llama with a few ids more than its tokenizer, and two that end a text."""
    torch.manual_seed(0)
    shape = {
        "vocab_size": len(tokenizer) + BEYOND,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 256,
        "bos_token_id": BOS,
        "eos_token_id": [EOS, EOT],
        "tie_word_embeddings": True,
    }
    return LlamaForCausalLM(LlamaConfig(**shape | changes)).to(dtype)
