"""What clients get: the OpenAI API's objects, with what the text cost beside the usage."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.serve.order import Order
from harness.serve.writer import Piece
from sampler import Cost, Generation
from sampler.vocab import Vocab

Json = dict[str, Any]

# "exhausted": all that the model could have said was banned. "budget": the text was cut at a limit, that of draws.
NEVER = -9999.0
REASONS = {"eos": "stop", "stop": "stop", "length": "length", "budget": "length", "exhausted": "content_filter"}


@dataclass(frozen=True)
class Voice:
    """How one endpoint shapes its answers; `order` was made of its request."""

    model: str
    order: Order
    vocab: Vocab
    logprobs: bool
    id: str = field(default_factory=lambda: f"cmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    name = chunk_name = "text_completion"

    def whole(self, generations: Sequence[Generation]) -> Json:
        """The answer in one piece."""
        choices = [
            self._choice(index, Piece(g.text, g.tokens, g.logprobs, g), self._content(g.text), 0)
            for index, g in enumerate(generations)
        ]
        return {**self._head(self.name), "choices": choices, "usage": self.usage(generations)}

    def chunk(self, index: int, piece: Piece, offset: int) -> Json:
        """One piece of a stream, which begins `offset` characters into its text."""
        choice = self._choice(index, piece, self._delta(piece.text, first=offset == 0), offset)
        return {**self._head(self.chunk_name), "choices": [choice]}

    def last(self, generations: Sequence[Generation]) -> Json:
        """The chunk behind all others, for clients that ask for the usage."""
        return {**self._head(self.chunk_name), "choices": [], "usage": self.usage(generations)}

    def usage(self, generations: Sequence[Generation]) -> Json:
        """Tokens, and in `backtrack` what it took to write them: counts of all choices together."""
        cost = sum((g.cost for g in generations), Cost())
        return {
            "prompt_tokens": self.order.prompt_tokens,
            "completion_tokens": cost.kept,
            "total_tokens": self.order.prompt_tokens + cost.kept,
            "backtrack": {"strategy": self.order.strategy, "seed": self.order.seed, **cost.as_record()},
        }

    def _head(self, name: str) -> Json:
        return {"id": self.id, "object": name, "created": self.created, "model": self.model}

    def _choice(self, index: int, piece: Piece, content: Json, offset: int) -> Json:
        ended = piece.generation
        return {
            "index": index,
            **content,
            "logprobs": self._logprobs(piece, offset) if self.logprobs else None,
            "finish_reason": REASONS[ended.finish_reason] if ended else None,
            **({"backtrack": {"finish_reason": ended.finish_reason}} if ended else {}),
        }

    def _content(self, text: str) -> Json:
        return {"text": text}

    def _delta(self, text: str, first: bool) -> Json:
        return {"text": text}

    def _logprobs(self, piece: Piece, offset: int) -> Json:
        """Nats of the written tokens under the unmodified model; of others nothing is known."""
        texts = [self._spelled(token) for token in piece.tokens]
        offsets = [offset + sum(map(len, texts[:i])) for i in range(len(texts))]
        return {
            "tokens": texts,
            "token_logprobs": list(map(_finite, piece.logprobs)),
            "top_logprobs": None,
            "text_offset": offsets,
        }

    def _spelled(self, token: int) -> str:
        return self.vocab.bytes_of(token).decode("utf-8", "replace")


def _finite(nats: float) -> float:
    """JSON has no infinity; this is how the API spells "never" (a forced token that the model rules out)."""
    return nats if math.isfinite(nats) else NEVER


class ChatVoice(Voice):
    """The same for chats."""

    name, chunk_name = "chat.completion", "chat.completion.chunk"

    def _content(self, text: str) -> Json:
        return {"message": {"role": "assistant", "content": text, "refusal": None}}

    def _delta(self, text: str, first: bool) -> Json:
        return {"delta": {"role": "assistant", "content": text} if first else {"content": text}}

    def _logprobs(self, piece: Piece, offset: int) -> Json:
        content = [
            {
                "token": self._spelled(token),
                "logprob": _finite(logprob),
                "bytes": list(self.vocab.bytes_of(token)),
                "top_logprobs": [],
            }
            for token, logprob in zip(piece.tokens, piece.logprobs, strict=True)
        ]
        return {"content": content, "refusal": None}
