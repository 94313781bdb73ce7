"""One request to an OpenAI-compatible endpoint: paced, retried where waiting may help, refused where it cannot."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from harness.errors import InputError

Message = Mapping[str, str]

# Busy, broken for now, or too slow; any other status is a mistake that the next attempt would repeat.
TEMPORARY = frozenset({408, 409, 425, 429, *range(500, 600)})
LONGEST_WAIT = 60.0
# Enough for a line of JSON after a few sentences of thought.
ANSWER_TOKENS = 512


class NoReplyError(Exception):
    """A body that is no chat completion: a proxy's error page, for one."""


class UnansweredError(Exception):
    """No usable answer after all attempts."""


# What another attempt may not meet again: no connection, no time, half an answer, no answer.
_PASSING = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError, NoReplyError)


@dataclass(frozen=True)
class Endpoint:
    """Where to ask and whom. The key is never shown or stored."""

    base_url: str
    model: str
    key: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Endpoint:
        """From JUDGE_BASE_URL, JUDGE_MODEL and, where the endpoint asks for one, JUDGE_API_KEY.

        Raise InputError for one that is missing or no URL.
        """
        base_url, model = (environment.get(name, "").strip() for name in ("JUDGE_BASE_URL", "JUDGE_MODEL"))
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError("JUDGE_BASE_URL", base_url, "no URL; set it, such as https://host/v1")
        if parts.username or parts.password or parts.query:
            raise InputError("JUDGE_BASE_URL", parts.hostname, "give host and path only; the key goes to JUDGE_API_KEY")
        if not model:
            raise InputError("JUDGE_MODEL", model, "name the endpoint's model")
        key = environment.get("JUDGE_API_KEY", "").strip()
        if not key.isascii() or any(char.isspace() for char in key):
            raise InputError("JUDGE_API_KEY", "…", "a key has printable ASCII characters only")
        return cls(base_url.rstrip("/"), model, key or None)

    def body(self, messages: Sequence[Message]) -> dict[str, Any]:
        """What is sent, and with the URL what a cached answer is kept under."""
        return {"model": self.model, "messages": list(messages), "temperature": 0, "max_tokens": ANSWER_TOKENS}


@dataclass(frozen=True)
class Reply:
    """What came back. `refused`: the endpoint says so itself. Tokens are None where it does not count them."""

    content: str
    refused: bool
    prompt_tokens: int | None
    completion_tokens: int | None


@dataclass
class Client:
    """One request after another, `per_minute` at most, each up to `attempts` times. `retried` counts the repeats."""

    endpoint: Endpoint
    timeout: float = 60.0
    per_minute: float = 60.0
    attempts: int = 5
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    retried: int = 0
    _last: float = field(default=float("-inf"), repr=False)

    def complete(self, messages: Sequence[Message]) -> Reply:
        """Raise UnansweredError after the last attempt, InputError where the endpoint calls the request wrong."""
        problem = ""
        for attempt in range(self.attempts):
            if attempt:
                self.retried += 1
            wait = 2.0**attempt
            try:
                response = self._post(messages)
                if response.status_code not in TEMPORARY:
                    return _reply(response)
                problem, wait = f"HTTP {response.status_code}", max(wait, _asked_to_wait(response))
            except _PASSING as error:
                problem = str(error) or type(error).__name__
            if attempt + 1 < self.attempts:
                self.sleep(min(wait, LONGEST_WAIT))
        raise UnansweredError(problem)

    def _post(self, messages: Sequence[Message]) -> requests.Response:
        pause = self._last + 60.0 / self.per_minute - self.clock()
        if pause > 0:
            self.sleep(pause)
        self._last = self.clock()
        return requests.post(
            f"{self.endpoint.base_url}/chat/completions",
            json=self.endpoint.body(messages),
            auth=_Bearer(self.endpoint.key),
            timeout=self.timeout,
            allow_redirects=False,
        )


class _Bearer(requests.auth.AuthBase):
    """As auth, not as a header: a .netrc would replace the header."""

    def __init__(self, key: str | None) -> None:
        self.key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.key:
            request.headers["Authorization"] = f"Bearer {self.key}"
        return request


def _asked_to_wait(response: requests.Response) -> float:
    """Seconds of Retry-After; 0 without one, or where it is a date."""
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else 0.0


def _reply(response: requests.Response) -> Reply:
    if response.status_code != 200:
        said = f"HTTP {response.status_code} {response.text[:200]!r}"
        raise InputError("JUDGE_BASE_URL", response.url, f"{said}; check address, model and key")
    try:
        answer = response.json()
        choice = answer["choices"][0]
        message = choice["message"]
        content, refusal, usage = message.get("content"), message.get("refusal"), answer.get("usage") or {}
        refused = bool(refusal) or choice.get("finish_reason") == "content_filter"
        return Reply(
            str(content or ""), refused, *(_count(usage.get(f"{of}_tokens")) for of in ("prompt", "completion"))
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise NoReplyError("the answer is no chat completion") from None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None
