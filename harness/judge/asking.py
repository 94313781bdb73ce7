"""Questions → replies, each paid for once: answers are kept in the run folder under the digest of the request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.judge.endpoint import Client, Endpoint, Message, Reply, UnansweredError
from harness.judge.question import Question
from harness.parsing import read_json
from harness.store.records import write_json


@dataclass(frozen=True)
class Cache:
    """`<job folder>/judge/<digest>.json`, one small file per answer, each written in one step."""

    folders: Mapping[str, Path]
    endpoint: Endpoint

    def path(self, question: Question) -> Path:
        return self.folders[question.job_id] / "judge" / f"{self._digest(question.messages)}.json"

    def read(self, question: Question) -> Reply | None:
        """Raise ValueError, naming the file, when it is no reply."""
        path = self.path(question)
        if not path.exists():
            return None
        try:
            return Reply(**read_json(path))
        except TypeError:
            raise ValueError(f"{path}: no judge's answer; delete the file to have it asked again") from None

    def write(self, question: Question, reply: Reply) -> None:
        write_json(self.path(question), asdict(reply))

    def _digest(self, messages: Sequence[Message]) -> str:
        request = {"url": self.endpoint.base_url, **self.endpoint.body(messages)}
        return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


@dataclass
class Requests:
    """What asking took. Tokens are those of all answers used, cached ones too; `uncounted` answers told none."""

    sent: int = 0
    cached: int = 0
    retried: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    uncounted: int = 0

    def count(self, reply: Reply) -> None:
        self.prompt_tokens += reply.prompt_tokens or 0
        self.completion_tokens += reply.completion_tokens or 0
        self.uncounted += reply.prompt_tokens is None or reply.completion_tokens is None


@dataclass
class Asking:
    """Asks what is not cached. A question without an answer is None, is counted, and is asked again by the next run."""

    client: Client
    cache: Cache
    requests: Requests

    def reply(self, question: Question) -> Reply | None:
        reply = self.cache.read(question)
        if reply is not None:
            self.requests.cached += 1
        else:
            reply = self._ask(question)
        if reply is not None:
            self.requests.count(reply)
        return reply

    def _ask(self, question: Question) -> Reply | None:
        self.requests.sent += 1
        try:
            reply = self.client.complete(question.messages)
        except UnansweredError:
            self.requests.failed += 1
            return None
        finally:
            self.requests.retried = self.client.retried
        self.cache.write(question, reply)
        return reply
