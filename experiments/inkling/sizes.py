"""The two sizes, and how each is trained. Numbers of parameters count the tied embedding once."""

from __future__ import annotations

from dataclasses import dataclass

from transformers import LlamaConfig

from experiments.inkling.tokenizer import BOS_ID, EOS_ID, VOCAB_SIZE

CONTEXT = 1024


@dataclass(frozen=True)
class Phase:
    """A stretch of training: every story of its split once, in batches of `rows` windows of `window` tokens.

    `rate` is the phase's highest learning rate, as a share of the size's.
    """

    split: str
    stories: int
    window: int
    rows: int
    rate: float


# Short windows learn most per second; without the long ones, losses past 512 tokens are three times as high.
PHASES = (Phase("train", 11_000, window=512, rows=4, rate=1.0), Phase("long", 2_000, window=CONTEXT, rows=2, rate=0.25))


@dataclass(frozen=True)
class Size:
    """Width and depth of one model, and its highest learning rate."""

    name: str
    width: int
    feed_forward: int
    layers: int
    heads: int
    peak_rate: float

    def config(self) -> LlamaConfig:
        return LlamaConfig(
            vocab_size=VOCAB_SIZE,
            hidden_size=self.width,
            intermediate_size=self.feed_forward,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            num_key_value_heads=self.heads,
            max_position_embeddings=CONTEXT,
            tie_word_embeddings=True,
            bos_token_id=BOS_ID,
            eos_token_id=EOS_ID,
            pad_token_id=None,
        )


SIZES = {
    "inkling_2m": Size("inkling_2m", 192, 448, 4, 6, peak_rate=3e-3),
    "inkling_500k": Size("inkling_500k", 96, 256, 3, 3, peak_rate=5e-3),
}
