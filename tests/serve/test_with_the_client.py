"""The real `openai` client against the real server: texts are the sampler's own, whoever else is asking."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from harness.inputs.phrases import load_phrases
from sampler import BacktrackSampler, Decoding
from sampler.backends import TransformersBackend
from strategies import AntiSlop, Plain

pytestmark = pytest.mark.slow
PROMPT = "The ferry was late again."


@pytest.fixture(scope="module")
def backend(chatting: Path) -> TransformersBackend:
    return TransformersBackend.from_pretrained(str(chatting), dtype="float64")


def written(backend: TransformersBackend, prompt: Any, *, strategy: Any = None, seed: int = 0, **options: Any) -> Any:
    banned = load_phrases("inkling_banned", "phrases").as_argument()
    decoding = Decoding(**{"temperature": 1.0, **options.pop("decoding", {})})
    sampler = BacktrackSampler(
        backend, strategy or AntiSlop(banned), decoding, seed=seed, **({"max_new_tokens": 24} | options)
    )
    return sampler.generate([prompt], ["0"])[0]


def text_of(chunks: Any) -> str:
    return "".join(chunk.choices[0].text for chunk in chunks if chunk.choices)


def test_models(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["chatting"]


def test_a_text_is_the_samplers(client: OpenAI, backend: TransformersBackend) -> None:
    want = written(backend, PROMPT, seed=5)
    got = client.completions.create(model="chatting", prompt=PROMPT, seed=5, logprobs=1)
    choice = got.choices[0]
    assert choice.text == want.text
    assert choice.finish_reason == {"length": "length", "eos": "stop"}[want.finish_reason]
    assert choice.logprobs is not None
    assert choice.logprobs.token_logprobs == pytest.approx(want.logprobs)
    assert "".join(choice.logprobs.tokens or []).startswith(want.text)
    assert got.usage is not None
    assert got.usage.completion_tokens == len(want.tokens)
    cost = got.usage.model_dump()["backtrack"]
    assert (cost["drawn"], cost["discarded"]) == (want.cost.drawn, want.cost.discarded)


def test_settings_of_the_request(client: OpenAI, backend: TransformersBackend) -> None:
    """Guards: a field that is accepted and does nothing."""
    for fields, ours in (
        ({"temperature": 0}, {"decoding": {"temperature": 0.0}}),
        ({"temperature": 0.7, "top_p": 0.5}, {"decoding": {"temperature": 0.7, "top_p": 0.5}}),
        ({"max_tokens": 5}, {"max_new_tokens": 5}),
        ({"stop": ["e"]}, {"stop": ["e"]}),
        ({"stop": "."}, {"stop": ["."]}),
        ({"extra_body": {"backtrack": {"top_k": 2, "min_p": 0.1}}}, {"decoding": {"top_k": 2, "min_p": 0.1}}),
        ({"extra_body": {"backtrack": {"strategy": "plain"}}}, {"strategy": Plain()}),
        (
            {"extra_body": {"backtrack": {"strategy": {"name": "antislop", "ban": "soft"}, "phrases": [" the", "a"]}}},
            {"strategy": AntiSlop([" the", "a"], ban="soft")},
        ),
    ):
        for seed in (1, 2):
            got = client.completions.create(model="chatting", prompt=PROMPT, seed=seed, **fields)
            assert got.choices[0].text == written(backend, PROMPT, seed=seed, **ours).text, fields


def test_a_stream_is_the_text_and_its_usage(client: OpenAI) -> None:
    whole = client.completions.create(model="chatting", prompt=PROMPT, seed=9)
    chunks = list(
        client.completions.create(
            model="chatting", prompt=PROMPT, seed=9, stream=True, stream_options={"include_usage": True}, logprobs=1
        )
    )
    assert text_of(chunks) == whole.choices[0].text
    assert len(chunks) > 5
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-1]][-1] == whole.choices[0].finish_reason
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens  # type: ignore[union-attr]
    tokens = [t for chunk in chunks[:-1] for t in chunk.choices[0].logprobs.tokens]  # type: ignore[union-attr]
    assert len(tokens) == whole.usage.completion_tokens  # type: ignore[union-attr]


def test_several_prompts_and_choices_are_apart(client: OpenAI) -> None:
    got = client.completions.create(model="chatting", prompt=[PROMPT, "Clara was born on a boat."], n=2, seed=3)
    texts = [choice.text for choice in got.choices]
    assert [choice.index for choice in got.choices] == [0, 1, 2, 3]
    assert len(set(texts)) == 4
    chunks = list(client.completions.create(model="chatting", prompt=PROMPT, n=2, seed=3, stream=True))
    streamed = ["".join(c.choices[0].text for c in chunks if c.choices[0].index == i) for i in (0, 1)]
    assert streamed == texts[:2]


def test_without_a_seed_texts_differ_and_the_seed_is_told(client: OpenAI) -> None:
    first, second = (client.completions.create(model="chatting", prompt=PROMPT) for _ in range(2))
    assert first.choices[0].text != second.choices[0].text
    seed = first.usage.model_dump()["backtrack"]["seed"]  # type: ignore[union-attr]
    again = client.completions.create(model="chatting", prompt=PROMPT, seed=seed)
    assert again.choices[0].text == first.choices[0].text


def test_a_chat_follows_the_template(client: OpenAI, backend: TransformersBackend) -> None:
    messages: Any = [
        {"role": "system", "content": "Tell a story."},
        {"role": "user", "content": [{"type": "text", "text": "The "}, {"type": "text", "text": "ferry?"}]},
    ]
    rendered = "system: Tell a story.\nuser: The ferry?\nassistant:"
    prompt = backend.vocab.encode(rendered)
    want = written(backend, prompt, seed=4)
    got = client.chat.completions.create(model="chatting", messages=messages, seed=4, logprobs=True)
    assert got.choices[0].message.content == want.text
    assert [item.logprob for item in got.choices[0].logprobs.content] == pytest.approx(want.logprobs)  # type: ignore
    chunks = list(client.chat.completions.create(model="chatting", messages=messages, seed=4, stream=True))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == want.text


def test_fifty_clients_at_once_get_what_each_alone_gets(client: OpenAI) -> None:
    """Guards: a text that depends on who else is writing; a stream that gets another's piece."""

    def ask(seed: int) -> str:
        if seed % 2:
            return text_of(client.completions.create(model="chatting", prompt=PROMPT, seed=seed, stream=True))
        return client.completions.create(model="chatting", prompt=PROMPT, seed=seed).choices[0].text

    with ThreadPoolExecutor(50) as pool:
        together = list(pool.map(ask, range(50)))
    assert together == [ask(seed) for seed in range(50)]
    assert len(set(together)) > 40
