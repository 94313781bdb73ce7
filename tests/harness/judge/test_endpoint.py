"""The client against a server that is busy, broken, slow, or talks nonsense."""

from __future__ import annotations

import time
from typing import Any

import pytest

from harness.errors import InputError
from harness.judge.endpoint import Client, Endpoint, UnansweredError
from tests.harness.judge.conftest import Server, completion

MESSAGES = ({"role": "user", "content": "which?"},)
GOOD = (200, {}, completion("yes"))


def client(server: Server, slept: list[float] | None = None, **options: Any) -> Client:
    waits = [] if slept is None else slept
    settings = {"per_minute": 1e9, "timeout": 5.0, "sleep": waits.append, **options}
    return Client(Endpoint(server.url, "judge-1", "sk-secret"), **settings)


def test_what_is_sent(endpoint: Server) -> None:
    reply = client(endpoint).complete(MESSAGES)
    assert (reply.content, reply.prompt_tokens, reply.completion_tokens) == ('{"better": "1"}', 100, 7)
    assert endpoint.paths == ["/v1/chat/completions"]
    assert endpoint.asked[0]["temperature"] == 0
    assert endpoint.asked[0]["model"] == "judge-1"
    assert endpoint.headers[0]["Authorization"] == "Bearer sk-secret"


def test_a_netrc_does_not_replace_the_key(endpoint: Server, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """requests prefers a .netrc entry to an Authorization header that was set by hand."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    client(endpoint).complete(MESSAGES)
    assert endpoint.headers[0]["Authorization"] == "Bearer sk-secret"


@pytest.mark.parametrize(
    "first",
    [
        (429, {}, b"slow down"),
        (500, {}, b"oops"),
        (503, {}, completion("not really")),
        (200, {}, b"<html>a proxy's page</html>"),
        (200, {}, {"choices": []}),
        (200, {}, {"error": "overloaded"}),
        (200, {}, b'["a", "list"]'),
        (200, {"Content-Length": "9000"}, b'{"choices": ['),
    ],
    ids=["busy", "broken", "unavailable", "html", "no choice", "error", "list", "torn"],
)
def test_what_may_pass_is_asked_again(endpoint: Server, first: Any) -> None:
    endpoint.answer = lambda body, number: first if number == 1 else GOOD
    slept: list[float] = []
    asking = client(endpoint, slept)
    assert asking.complete(MESSAGES).content == "yes"
    assert (asking.retried, slept) == (1, [1.0])


def test_waits_double_and_retry_after_is_heeded(endpoint: Server) -> None:
    endpoint.answer = lambda body, number: (429, {"Retry-After": "7"} if number == 2 else {}, b"")
    slept: list[float] = []
    with pytest.raises(UnansweredError, match="429"):
        client(endpoint, slept, attempts=4).complete(MESSAGES)
    assert slept == [1.0, 7.0, 4.0]
    assert len(endpoint.asked) == 4


def test_nobody_waits_for_days(endpoint: Server) -> None:
    endpoint.answer = lambda body, number: (429, {"Retry-After": "86400"}, b"") if number == 1 else GOOD
    slept: list[float] = []
    client(endpoint, slept).complete(MESSAGES)
    assert slept == [60.0]


def test_a_server_that_hangs_is_given_up(endpoint: Server) -> None:
    def hang(body: Any, number: int) -> Any:
        time.sleep(1.0)
        return GOOD

    endpoint.answer = hang
    with pytest.raises(UnansweredError, match="timed out"):
        client(endpoint, timeout=0.1, attempts=2).complete(MESSAGES)


def test_nobody_there_is_no_answer() -> None:
    nobody = Client(Endpoint("http://127.0.0.1:9", "m"), attempts=2, sleep=lambda seconds: None)
    with pytest.raises(UnansweredError):
        nobody.complete(MESSAGES)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404])
def test_a_wrong_request_is_said_at_once(endpoint: Server, status: int) -> None:
    """A wrong key would be wrong a thousand times, and a redirect would carry the key elsewhere."""
    endpoint.answer = lambda body, number: (status, {"Location": "http://127.0.0.1:9/"}, b"no such model")
    with pytest.raises(InputError, match=f"HTTP {status} 'no such model'") as caught:
        client(endpoint).complete(MESSAGES)
    assert "sk-secret" not in str(caught.value)
    assert len(endpoint.asked) == 1


def test_requests_keep_their_pace(endpoint: Server) -> None:
    """30 a minute: two seconds between the starts of two requests, less what the first took."""
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    def answer(body: Any, number: int) -> Any:
        now[0] += 0.5
        return GOOD

    endpoint.answer = answer
    asking = client(endpoint, per_minute=30.0, sleep=sleep, clock=lambda: now[0])
    for _ in range(3):
        asking.complete(MESSAGES)
    assert slept == pytest.approx([1.5, 1.5])


@pytest.mark.parametrize(
    ("environment", "field"),
    [
        ({}, "JUDGE_BASE_URL"),
        ({"JUDGE_BASE_URL": "localhost:8000", "JUDGE_MODEL": "m"}, "JUDGE_BASE_URL"),
        ({"JUDGE_BASE_URL": "http://sk-secret@host/v1", "JUDGE_MODEL": "m"}, "JUDGE_BASE_URL"),
        ({"JUDGE_BASE_URL": "http://host/v1"}, "JUDGE_MODEL"),
        ({"JUDGE_BASE_URL": "http://host", "JUDGE_MODEL": "m", "JUDGE_API_KEY": "sk-secret\nX: y"}, "JUDGE_API_KEY"),
    ],
)
def test_a_wrong_environment_is_named_without_the_key(environment: dict[str, str], field: str) -> None:
    with pytest.raises(InputError) as caught:
        Endpoint.from_environment(environment)
    assert caught.value.field == field
    assert "sk-secret" not in str(caught.value)


def test_an_endpoint_does_not_show_its_key() -> None:
    assert "sk-secret" not in repr(Client(Endpoint("http://host", "m", "sk-secret")))
