"""A real endpoint on this machine's loopback, whose behaviour a test writes as a list or a function."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.harness.report.conftest import Folder, sweep_folder, text_sample

__all__ = ["sweep_folder"]


def completion(content: str | None, finish_reason: str = "stop", **message: Any) -> dict[str, Any]:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": content, **message},
        "finish_reason": finish_reason,
    }
    return {"choices": [choice], "usage": {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107}}


@dataclass
class Server:
    """`answer(body, number)` gives (status, headers, body as bytes, or JSON); `asked` and `headers` keep what came."""

    answer: Callable[[dict[str, Any], int], tuple[int, dict[str, str], Any]]
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Says that text 1 is better until told otherwise."""
    server = Server(lambda body, number: (200, {}, completion('{"better": "1"}')))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.asked.append(body)
            server.headers.append(dict(self.headers))
            server.paths.append(self.path)
            status, headers, said = server.answer(body, len(server.asked))
            payload = said if isinstance(said, bytes) else json.dumps(said).encode()
            try:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(payload)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(payload)
            except BrokenPipeError:  # the client's time was up
                pass

        def log_message(self, format: str, *args: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{listening.server_address[1]}/v1"
    for name, value in {"BASE_URL": server.url, "MODEL": "judge-1", "API_KEY": "sk-secret"}.items():
        monkeypatch.setenv(f"JUDGE_{name}", value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield server
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.fixture
def two_arms(sweep_folder: Folder) -> Any:
    """Six prompts; the treated text is "good", Plain's is "bad", and the last prompt's two texts are the same."""
    treated = [text_sample(f"p{i}", f"good text {i}") for i in range(5)] + [text_sample("p5", "the same")]
    plain = [text_sample(f"p{i}", f"bad text {i}") for i in range(5)] + [text_sample("p5", "the same")]
    return sweep_folder(("plain", plain, {}), ("antislop", treated, {}))
