"""The providers' own clients are answered, and what they used is counted."""

from __future__ import annotations

import json

import pytest

from tests.api.proxy.conftest import CLAUDE, MESSAGES, TEXT, Tool, buckets, said
from tests.fakes.daemon import Daemon
from tests.fakes.provider import seen_by


def test_the_client_of_openai_is_answered_and_counted(tool: Tool) -> None:
    answer = tool.openai().chat.completions.create(model="gpt-4o", messages=MESSAGES)
    assert answer.choices[0].message.content == TEXT
    (call,) = tool.calls()
    assert (call["provider"], call["model"], call["endpoint"]) == ("openai", "gpt-4o", "/chat/completions")
    assert (call["outcome"], call["status"], call["streamed"]) == ("completed", 200, False)
    assert buckets(call) == (60, 40, 0, 20)
    assert call["reasoning_tokens"] == 8
    assert call["cost"] == pytest.approx((60 * 2.5 + 40 * 1.25 + 20 * 10) / 1e6)
    assert call["price"]["million_tokens"] == {"input": "2.5", "cache_read": "1.25", "output": "10"}
    assert call["price"]["looked_up"] == call["at"][:10]
    assert call["usage"]["prompt_tokens_details"]["cached_tokens"] == 40


def test_a_stream_of_openai_is_counted_where_its_last_chunk_tells_the_use(tool: Tool) -> None:
    stream = tool.openai().chat.completions.create(
        model="gpt-4o", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    assert said(stream) == TEXT
    (call,) = tool.calls()
    assert call["streamed"]
    assert buckets(call) == (60, 40, 0, 20)
    assert 0 < call["first_byte"] <= call["first_token"] <= call["seconds"]


def test_a_stream_that_tells_no_use_is_unmetered_and_not_free(daemon: Daemon, tool: Tool) -> None:
    stream = tool.openai().chat.completions.create(model="gpt-4o", messages=MESSAGES, stream=True)
    assert said(stream) == TEXT
    (call,) = tool.calls()
    assert (call["unmetered"], call["cost"], buckets(call)) == (True, None, (None, None, None, None))
    summary = daemon.http.get("/api/usage/summary", params={"service": tool.name}).json()
    assert (summary["calls"], summary["unmetered_calls"], summary["cost"]) == (1, 1, None)


def test_the_use_is_asked_for_where_the_provider_is_declared_so(provider: str, tool: Tool) -> None:
    client = tool.openai("asking")
    options = {"stream_options": {"include_obfuscation": False}}
    stream = client.chat.completions.create(model="gpt-4o", messages=MESSAGES, stream=True, extra_body=options)
    assert said(stream) == TEXT
    sent = seen_by(provider)[-1].document
    assert sent["stream_options"] == {"include_obfuscation": False, "include_usage": True}
    assert buckets(tool.calls()[0]) == (60, 40, 0, 20)


def test_responses_and_embeddings_are_counted(tool: Tool) -> None:
    client = tool.openai()
    assert client.responses.create(model="gpt-4o", input="hi").output_text == TEXT
    events = list(client.responses.create(model="gpt-4o", input="hi", stream=True))
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == TEXT
    client.embeddings.create(model="text-embedding-3-small", input="hi", encoding_format="float")
    embedded, streamed, whole = tool.calls(3)
    assert buckets(whole) == buckets(streamed) == (60, 40, 0, 20)
    assert (streamed["model"], streamed["first_token"] is not None) == ("gpt-4o", True)
    assert (buckets(embedded), embedded["cost"]) == ((8, 0, 0, 0), pytest.approx(8 * 0.02 / 1e6))


def test_the_client_of_anthropic_is_answered_and_counted(tool: Tool) -> None:
    client = tool.anthropic()
    answer = client.messages.create(model=CLAUDE, max_tokens=9, messages=MESSAGES)
    assert answer.content[0].text == TEXT  # type: ignore[union-attr]
    with client.messages.stream(model=CLAUDE, max_tokens=9, messages=MESSAGES) as stream:
        assert stream.get_final_text() == TEXT
    streamed, whole = tool.calls(2)
    assert buckets(whole) == buckets(streamed) == (12, 300, 50, 5)
    assert whole["cache_write_1h_tokens"] == streamed["cache_write_1h_tokens"] == 20
    assert whole["cost"] == streamed["cost"] > 0
    assert streamed["streamed"]
    assert streamed["first_token"] > 0


def test_counting_tokens_and_listing_models_are_no_calls(tool: Tool) -> None:
    assert tool.anthropic().messages.count_tokens(model=CLAUDE, messages=MESSAGES).input_tokens == 14
    assert list(tool.openai().models.list()) == []
    tool.openai().chat.completions.create(model="gpt-4o", messages=MESSAGES)
    assert [call["endpoint"] for call in tool.calls()] == ["/chat/completions"]


@pytest.mark.parametrize("model", ["llama3.2", "no-usage"])
def test_ollama_is_counted_by_what_its_last_line_tells(daemon: Daemon, tool: Tool, model: str) -> None:
    url = f"/proxy/ollama~{tool.name}/api/chat"
    lines = daemon.http.post(url, json={"model": model, "messages": MESSAGES}).text.splitlines()
    assert "".join(json.loads(line)["message"]["content"] for line in lines) == TEXT
    (call,) = tool.calls()
    if model == "no-usage":
        assert (call["unmetered"], call["unpriced"]) == (True, False)
    else:
        assert buckets(call) == (26, 0, 0, 5)
        assert (call["unpriced"], call["cost"]) == (True, None)
