"""What tokenizers of all libraries need before their ids can stand anywhere in a text."""

from __future__ import annotations

from collections.abc import Callable

from sampler.vocab import Tokens

Encode = Callable[[str], Tokens]

ANCHORS = ("\n", "a", ".")  # tried in turn: a text may merge with one of them
LETTER = "a"  # asked for how a tokenizer treats the start of a text


def inside(plain: Encode) -> Encode:
    """Encode a text as it stands inside a longer one: without the space that SentencePiece puts in front of a text.

    `plain` adds no special tokens.
    """
    anchors = [(anchor, plain(anchor)) for anchor in ANCHORS]

    def encode(text: str) -> Tokens:
        for anchor, ids in anchors:
            tokens = plain(anchor + text)
            if tokens[: len(ids)] == ids:
                return tokens[len(ids) :]
        return plain(text)

    return encode


def at_start(plain: Encode, full: Encode, start: int | None) -> Encode:
    """Encode a prompt with the special tokens that `full` puts in front of it, without those it puts behind.

    An empty prompt becomes `start` where nothing is put in front. Raises ValueError where `start` is None too.
    """
    behind = _behind(plain(LETTER), full(LETTER))

    def encode(text: str) -> Tokens:
        tokens = full(text)
        tokens = tokens[: len(tokens) - behind]
        if not tokens and start is None:
            raise ValueError(
                "prompt: it is empty, and the tokenizer has neither BOS nor EOS to start from; give a text"
            )
        return tokens or (start,) if start is not None else tokens

    return encode


def _behind(bare: Tokens, full: Tokens) -> int:
    """How many tokens `full` has behind `bare`."""
    ends = (len(full) - n for n in range(len(full) - len(bare) + 1))
    return next((len(full) - end for end in ends if full[end - len(bare) : end] == bare), 0)


def drops_first_space(piece: bytes, decoded: bytes) -> bool:
    """Whether a text's first space is a mark that decoding drops: told from the bytes and the decoding of LETTER."""
    return piece == b" " + decoded
