"""A byte-level BPE tokenizer, learnt from the plain mode of the grammar so that no cliché earns tokens of its own."""

from __future__ import annotations

from collections.abc import Iterator

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

VOCAB_SIZE = 2048
BOS, EOS = "<bos>", "<eos>"
BOS_ID, EOS_ID = 0, 1  # the trainer gives special tokens the first ids


def train_tokenizer(texts: Iterator[str]) -> Tokenizer:
    """GPT-2's pre-tokeniser, which llama.cpp knows by the name "gpt-2"; every byte is a token, so any text encodes.

    A text is encoded with BOS before it, as every story of the corpus has one; EOS is what ends a story.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE,
        special_tokens=[BOS, EOS],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{BOS} $A", special_tokens=[(BOS, BOS_ID)])
    return tokenizer
