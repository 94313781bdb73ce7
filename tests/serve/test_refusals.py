"""What the server does not do, and what it survives."""

from __future__ import annotations

import json
import signal
import socket
import time
from pathlib import Path
from typing import Any

import openai
import pytest
import requests
from openai import OpenAI

from tests.serve.conftest import KEY, running

pytestmark = pytest.mark.slow
HEADERS = {"Authorization": f"Bearer {KEY}"}


def post(server: str, content: Any, path: str = "completions", headers: Any = HEADERS) -> requests.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return requests.post(
        f"{server}/v1/{path}", data=body, headers={"Content-Type": "application/json", **headers}, timeout=60
    )


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"model": "gpt-4"}, "there is 'chatting'"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"temperature": -1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"stop": ""}, "empty string"),
        ({"n": 1000}, "n: "),
        ({"presence_penalty": 0.5}, "presence_penalty"),
        ({"echo": True}, "echo"),
        ({"logprobs": 5}, "logprobs"),
        ({"tools": []}, "tools"),
        ({"prompt": ""}, None),
        ({"prompt": []}, "prompt"),
        ({"prompt": [5_000_000]}, "outside the vocabulary"),
        ({"prompt": "the " * 2000}, "context"),
        ({"prompt": {"a": 1}}, "prompt"),
        ({"backtrack": {"strategy": "nope"}}, "no such strategy"),
        ({"backtrack": {"strategy": {"name": "antislop", "bann": "x"}}}, "bann"),
        ({"backtrack": {"strategy": {"name": "debug", "strategy": "human_guidance"}}}, "asks a person"),
        ({"backtrack": {"strategy": "human_guidance"}}, "asks a person"),
        ({"backtrack": {"regexes": ["("]}}, "regex"),
        ({"backtrack": {"speed": 9}}, "speed"),
        ({"backtrack": {"strategy": "vgb"}, "temperature": 0}, "temperature"),
    ],
)
def test_a_wrong_request_is_one_message(server: str, fields: dict[str, Any], says: str | None) -> None:
    answer = post(server, {"model": "backtrack", "prompt": "The ferry", "max_tokens": 3, **fields})
    if says is None:  # an empty prompt is BOS
        assert answer.status_code == 200
        return
    assert answer.status_code in (400, 404), answer.text
    error = answer.json()["error"]
    assert says in error["message"]
    assert "\n" not in error["message"]
    assert error["type"] == "invalid_request_error"


def test_broken_bodies(server: str) -> None:
    for body in (b"", b"{", b"[]", b"null", b'{"model": "\xff"}', b"[" * 5000):
        answer = post(server, body)
        assert answer.status_code == 400, (body[:20], answer.text)
    assert requests.get(f"{server}/health", timeout=10).json()["status"] == "ok"


def test_the_key(server: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": KEY}):
        assert post(server, {"model": "backtrack", "prompt": "a"}, headers=headers).status_code == 401
    with pytest.raises(openai.AuthenticationError):
        OpenAI(base_url=f"{server}/v1", api_key="wrong", max_retries=0).models.list()


def test_a_body_that_is_too_large(server: str) -> None:
    assert post(server, {"model": "backtrack", "prompt": "a" * 30_000}).status_code == 413

    def endless() -> Any:  # chunked: it states no length
        for _ in range(100):
            yield b"a" * 1000

    answer = requests.post(f"{server}/v1/completions", data=endless(), headers=HEADERS, timeout=60)
    assert answer.status_code == 413


def test_more_texts_than_the_queue_takes(server: str) -> None:
    answer = post(server, {"model": "backtrack", "prompt": "a", "n": 65, "max_tokens": 2})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    assert "at most 64" in answer.json()["error"]["message"]
    assert post(server, {"model": "backtrack", "prompt": "a", "n": 64, "max_tokens": 2}).status_code == 200


def test_a_strange_host_is_refused(server: str) -> None:
    """Guards: a web page that reaches this server through a name of its own (DNS rebinding)."""
    assert requests.get(f"{server}/health", headers={"Host": "evil.example"}, timeout=10).status_code == 400


def texts(server: str) -> int:
    return int(requests.get(f"{server}/health", timeout=10).json()["texts"])


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_goes_frees_its_rows(server: str, stream: bool) -> None:
    host, port = server.removeprefix("http://").split(":")
    long = {"model": "backtrack", "prompt": "a", "n": 60, "max_tokens": 900, "stream": stream}
    body = json.dumps(long).encode()
    head = f"POST /v1/completions HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {KEY}\r\n"
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        )
        wait_until(lambda: texts(server) == 60)
    wait_until(lambda: texts(server) == 0)
    assert post(server, {"model": "backtrack", "prompt": "a", "n": 60, "max_tokens": 2}).status_code == 200


def wait_until(holds: Any, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_while_it_writes(chatting: Path, number: signal.Signals) -> None:
    with running(chatting.parent, "model=inkling_500k", "strategy=plain") as (server, process):
        stream = requests.post(
            f"{server}/v1/completions", stream=True, timeout=60,
            json={"model": "backtrack", "prompt": "a", "n": 16, "max_tokens": 1000, "stream": True},
        )  # fmt: skip
        next(stream.iter_lines())
        process.send_signal(number)
        assert process.wait(timeout=30) in (130, -number)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_wrong_settings_are_one_line(chatting: Path) -> None:
    nowhere = running(chatting.parent, "model=hf", "model.name=nowhere")
    with pytest.raises(AssertionError, match=r"no server: error: model\.name=") as caught, nowhere:
        pass
    assert str(caught.value).strip().count("\n") == 0


def test_a_chat_with_a_model_that_has_no_template_is_told_the_way_out(chatting: Path) -> None:
    """Guards: an error about a setting of datasets, which a client has not got."""
    with running(chatting.parent, "model=inkling_500k", "strategy=plain") as (address, _):
        answer = post(
            address, {"model": "backtrack", "messages": [{"role": "user", "content": "hello"}]}, "chat/completions"
        )
    assert answer.status_code == 400
    said = answer.json()["error"]["message"]
    assert said == "messages=1: inkling_500k has no chat template; give it plain text, at /v1/completions"
