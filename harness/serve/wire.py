"""What clients send: the OpenAI API's requests, and one field of ours, `backtrack`."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_CHOICES = 128
Stop = str | list[str] | None


class Part(BaseModel):
    """A part of a message; only text can be read here."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["text"]
    text: str


class Turn(BaseModel):
    """One message of a chat."""

    model_config = ConfigDict(extra="ignore")
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part]

    @property
    def text(self) -> str:
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)

    @property
    def speaker(self) -> str:
        """The role as chat templates know it."""
        return "system" if self.role == "developer" else self.role


class Backtrack(BaseModel):
    """How this text is to be written, where it differs from the server's own settings."""

    model_config = ConfigDict(extra="forbid")
    strategy: dict[str, Any] | str | None = None  # a name, or a group with `name` and options, as in conf/strategy
    phrases: list[str] | None = None
    regexes: list[str] | None = None
    top_k: int = Field(0, ge=0)
    min_p: float = Field(0.0, ge=0, le=1)
    max_draws: int | None = Field(None, ge=1)


class StreamOptions(BaseModel):
    """Whether the last chunk tells the usage."""

    model_config = ConfigDict(extra="ignore")
    include_usage: bool = False


class Asked(BaseModel):
    """What both kinds of request have. What would change the text, and is not known here, is refused."""

    model_config = ConfigDict(extra="forbid")
    model: str
    temperature: float | None = Field(None, ge=0, le=100)
    top_p: float = Field(1.0, gt=0, le=1)
    n: int = Field(1, ge=1, le=MOST_CHOICES)
    stop: Stop = None
    seed: int | None = Field(None, ge=0, lt=2**63)
    stream: bool = False
    stream_options: StreamOptions | None = None
    backtrack: Backtrack = Field(default_factory=lambda: Backtrack.model_validate({}))
    # Sent by clients as they are; only what leaves the text alone is accepted.
    user: str | None = None
    metadata: dict[str, Any] | None = None
    store: bool | None = None
    presence_penalty: Literal[0] | None = None
    frequency_penalty: Literal[0] | None = None
    logit_bias: dict[str, float] | None = Field(None, max_length=0)

    @property
    def stops(self) -> tuple[str, ...]:
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())

    @model_validator(mode="before")
    @classmethod
    def _penalties_of_nothing(cls, fields: Any) -> Any:
        """0.0 is the 0 that is meant."""
        if isinstance(fields, dict):
            return {key: 0 if value == 0 and key.endswith("_penalty") else value for key, value in fields.items()}
        return fields

    @model_validator(mode="after")
    def _some_stop(self) -> Self:
        if "" in self.stops:
            raise ValueError("stop: an empty string would end every text at once; leave it out")
        return self


class CompletionAsked(Asked):
    """POST /v1/completions. `logprobs`: 0 or 1 asks for those of the written tokens."""

    prompt: str | list[str] | list[int] | list[list[int]]
    max_tokens: int | None = Field(None, ge=1)
    logprobs: int | None = Field(None, ge=0, le=1)
    echo: Literal[False] = False
    best_of: Literal[1] | None = None
    suffix: None = None

    @property
    def prompts(self) -> list[str | list[int]]:
        if isinstance(self.prompt, str):
            return [self.prompt]
        if self.prompt and isinstance(self.prompt[0], int):
            return [[token for token in self.prompt if isinstance(token, int)]]
        return [each for each in self.prompt if not isinstance(each, int)]

    @property
    def wants_logprobs(self) -> bool:
        return self.logprobs is not None


class ChatAsked(Asked):
    """POST /v1/chat/completions."""

    messages: list[Turn] = Field(min_length=1)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    logprobs: bool | None = None
    top_logprobs: Literal[0] | None = None
    response_format: dict[Literal["type"], Literal["text"]] | None = None

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        self.max_tokens = self.max_tokens or self.max_completion_tokens
        return self

    @property
    def wants_logprobs(self) -> bool:
        return bool(self.logprobs)
