"""The meter as tools meet it: the providers' own clients, curl and bare sockets, against a provider that speaks the
real wire formats, well and badly."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import anthropic
import httpx
import openai
import pytest

from tests.fakes.daemon import Daemon, wait_for
from tests.fakes.provider import PAUSE, WORDS, running, seen_by

TEXT = "".join(WORDS)
KEY = "sk-a-very-secret-key"
MESSAGES: Any = [{"role": "user", "content": "hi"}]
CLAUDE = "claude-opus-4-8"
_NAMES = count()


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("provider")) as address:
        yield address


@pytest.fixture(scope="module")
def daemon(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    providers = {
        "openai": {"base_url": f"{provider}/v1"},
        "asking": {"base_url": f"{provider}/v1", "ask_usage": True},
        "anthropic": {"base_url": provider},
        "ollama": {"base_url": provider},
        "nobody": {"base_url": "http://127.0.0.1:1/v1"},
    }
    made = Daemon(tmp_path_factory.mktemp("daemon"), json.dumps({"usage": {"providers": providers}}))
    made.start()
    yield made
    made.close()


class Tool:
    """Somebody who calls, under a name of its own by which its calls are found again."""

    def __init__(self, daemon: Daemon) -> None:
        self.name = f"tool-{next(_NAMES)}"
        self._daemon = daemon
        self._open = ExitStack()

    def url(self, path: str, provider: str = "openai") -> str:
        return f"{self._daemon.address}/proxy/{provider}~{self.name}{path}"

    def openai(self, provider: str = "openai") -> openai.OpenAI:
        return self._open.enter_context(openai.OpenAI(base_url=self.url("", provider), api_key=KEY, max_retries=0))

    def anthropic(self) -> anthropic.Anthropic:
        base = self.url("", "anthropic")
        return self._open.enter_context(anthropic.Anthropic(base_url=base, api_key=KEY, max_retries=0))

    def calls(self, number: int = 1) -> list[dict[str, Any]]:
        """The newest first, once there are so many."""
        found: list[dict[str, Any]] = wait_for(lambda: self._calls(number), what=f"{number} calls of {self.name}")
        assert len(found) == number
        return found

    def _calls(self, number: int) -> list[dict[str, Any]] | None:
        found = self._daemon.http.get("/api/usage/calls", params={"service": self.name, "limit": 100}).json()["calls"]
        return found if len(found) >= number else None

    def close(self) -> None:
        self._open.close()


@pytest.fixture
def tool(daemon: Daemon) -> Iterator[Tool]:
    made = Tool(daemon)
    yield made
    made.close()


def buckets(call: dict[str, Any]) -> tuple[Any, ...]:
    names = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
    return tuple(call[name] for name in names)


def said(stream: Any) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


# The clients of the providers


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


# Errors, and answers that do not end


@pytest.mark.parametrize("status", [400, 401, 429, 500, 529])
def test_errors_reach_the_client_as_they_are(tool: Tool, status: int) -> None:
    with pytest.raises(openai.APIStatusError) as failed:
        tool.openai().chat.completions.create(model=f"error-{status}", messages=MESSAGES)
    assert failed.value.status_code == status
    assert failed.value.response.headers["x-request-id"] == "req-1"
    assert "You exceeded your quota" in str(failed.value)
    (call,) = tool.calls()
    assert (call["outcome"], call["status"], call["unmetered"], call["cost"]) == ("failed", status, False, None)


def test_errors_of_anthropic_are_its_own(tool: Tool) -> None:
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        tool.anthropic().messages.create(model="error-529", max_tokens=9, messages=MESSAGES)


def test_a_provider_that_is_not_there_is_told_in_its_own_form(tool: Tool) -> None:
    with pytest.raises(openai.InternalServerError, match="Control Center cannot reach nobody") as failed:
        tool.openai("nobody").chat.completions.create(model="gpt-4o", messages=MESSAGES)
    assert failed.value.status_code == 502
    assert failed.value.code == "provider_unreachable"
    assert tool.calls()[0]["outcome"] == "failed"


def test_an_unknown_provider_is_a_problem_that_names_those_there_are(daemon: Daemon) -> None:
    answer = daemon.http.post("/proxy/opneai/chat/completions", json={})
    assert (answer.status_code, answer.json()["error_code"]) == (404, "unknown_provider")
    assert "openai" in answer.json()["detail"]


def keep_all(url: str, body: dict[str, Any], got: bytearray) -> None:
    with httpx.stream("POST", url, json=body, trust_env=False) as answer:
        for block in answer.iter_raw():
            got += block


@pytest.mark.parametrize("streams", [True, False])
def test_what_the_provider_breaks_off_breaks_off_at_the_client(tool: Tool, streams: bool) -> None:
    got = bytearray()
    body = {"model": "cut", "messages": MESSAGES, "stream": streams}
    with pytest.raises(httpx.RemoteProtocolError):
        keep_all(tool.url("/chat/completions"), body, got)
    assert b"wor" in got
    assert b"[DONE]" not in got
    (call,) = tool.calls()
    assert (call["outcome"], call["unmetered"], call["status"]) == ("cut", True, 200)


def test_a_client_that_goes_stops_the_provider_at_once(provider: str, tool: Tool) -> None:
    stream = tool.openai().chat.completions.create(model="slow", messages=MESSAGES, stream=True)
    assert next(iter(stream)).choices
    assert httpx.get(f"{provider}/_open").text == "1"
    stream.close()
    wait_for(lambda: httpx.get(f"{provider}/_open").text == "0", PAUSE * len(WORDS) / 2, "the provider stops")
    assert tool.calls()[0]["outcome"] == "cancelled"


def test_a_client_that_goes_before_any_answer_stops_the_provider_too(daemon: Daemon, provider: str, tool: Tool) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{daemon.address}/proxy/openai~{tool.name}/chat/completions", json={"model": "hangs"}, timeout=0.5)
    wait_for(lambda: httpx.get(f"{provider}/_open").text == "0", what="the provider stops")
    (call,) = tool.calls()
    assert (call["outcome"], call["status"]) == ("cancelled", None)


def test_words_of_a_slow_stream_arrive_as_they_are_said(daemon: Daemon, tool: Tool) -> None:
    begun, times = time.monotonic(), []
    stream = tool.openai().chat.completions.create(model="slow", messages=MESSAGES, stream=True)
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            times.append(time.monotonic() - begun)
    assert times[-1] - times[0] > PAUSE * (len(WORDS) - 1) * 0.8
    assert times[0] < times[-1] / 2


# Bytes


def exchange(daemon: Daemon, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    """By a client that unpacks nothing and adds nothing."""
    connection = http.client.HTTPConnection(urlsplit(daemon.address).netloc, timeout=60)
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


def direct(provider: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    connection = http.client.HTTPConnection(urlsplit(provider).netloc, timeout=60)
    connection.request("POST", path, body, headers)
    found = connection.getresponse().read()
    connection.close()
    return found


@pytest.mark.parametrize("model", ["gpt-4o", "gzip", "many"])
@pytest.mark.parametrize("streams", [True, False])
def test_bytes_are_the_same_both_ways(daemon: Daemon, provider: str, tool: Tool, model: str, streams: bool) -> None:
    body = json.dumps({"model": model, "messages": MESSAGES, "stream": streams}, indent=3).encode()
    headers = {
        "Content-Type": "application/json",
        "Accept-Encoding": "gzip",
        "X-Mine": "Ünï".encode().decode("latin-1"),
    }
    status, got, answer = exchange(daemon, f"/proxy/openai~{tool.name}/chat/completions?a=%2F&b", body, headers)
    asked = seen_by(provider)[-1]
    assert (status, answer) == (200, direct(provider, "/v1/chat/completions", body, headers))
    assert (asked.target, asked.body) == ("/v1/chat/completions?a=%2F&b", body)
    assert ("x-mine", headers["X-Mine"]) in asked.headers
    assert got.get("content-encoding") == ("gzip" if model == "gzip" else None)
    (call,) = tool.calls()
    assert call["unmetered"] == streams
    assert call["endpoint"] == "/chat/completions"


def test_what_is_packed_is_counted_from_a_copy(tool: Tool) -> None:
    client = tool.openai()
    client.chat.completions.create(model="gzip", messages=MESSAGES)
    stream = client.chat.completions.create(
        model="gzip", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    assert said(stream) == TEXT
    streamed, whole = tool.calls(2)
    assert buckets(whole) == buckets(streamed) == (60, 40, 0, 20)


def test_a_large_body_in_chunks_passes_whole(daemon: Daemon, provider: str, tool: Tool) -> None:
    """Longer than what is looked at, and of a length that nobody knows beforehand."""
    picture = "A" * 3_000_000
    body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": picture}]}).encode()
    parts = (body[at : at + 70_001] for at in range(0, len(body), 70_001))
    url = f"{daemon.address}/proxy/openai~{tool.name}/chat/completions"
    answer = httpx.post(url, content=parts, headers={"content-type": "application/json"}, timeout=60)
    assert answer.json()["choices"][0]["message"]["content"] == TEXT
    asked = seen_by(provider)[-1]
    assert asked.body == body
    assert ("transfer-encoding", "chunked") in asked.headers
    (call,) = tool.calls()
    assert (call["model"], buckets(call)) == ("gpt-4o", (60, 40, 0, 20))


def test_headers_of_one_connection_stay_on_it(daemon: Daemon, provider: str, tool: Tool) -> None:
    headers = {
        "Content-Type": "application/json", "Connection": "keep-alive, X-Hop", "X-Hop": "1", "TE": "trailers",
        "Proxy-Authorization": "Basic x", "Accept-Encoding": "br;q=1.0, gzip, zstd",
    }  # fmt: skip
    exchange(daemon, f"/proxy/openai~{tool.name}/chat/completions", b'{"model": "gpt-4o"}', headers)
    sent = dict(seen_by(provider)[-1].headers)
    assert sent["host"] == urlsplit(provider).netloc
    assert not {"x-hop", "te", "proxy-authorization", "connection"} & sent.keys()
    assert sent["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    "path",
    [
        *("/proxy/openai/../../etc", "/proxy/openai/%2e%2e/x", "/proxy/openai/a/..%2fb", "/proxy/openai/./x"),
        *("/%70roxy/openai/x", "/proxy%2fopenai/x", "/proxy%2fopenai%2fx", "/proxy/openai%2fx/y", "//proxy/openai/x"),
    ],
)
def test_paths_do_not_leave_the_provider(daemon: Daemon, provider: str, path: str) -> None:
    before = len(seen_by(provider))
    status, _, body = exchange(daemon, path, b"", {})
    assert (status, json.loads(body)["error_code"]) == (404, "not_found")
    assert len(seen_by(provider)) == before


def test_an_address_whose_tilde_is_escaped_means_the_same(daemon: Daemon, tool: Tool) -> None:
    path = f"/proxy/openai%7E{tool.name}/chat/completions"
    status, _, _ = exchange(daemon, path, b'{"model": "gpt-4o"}', {"Content-Type": "application/json"})
    assert status == 200
    assert tool.calls()[0]["endpoint"] == "/chat/completions"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there")
@pytest.mark.parametrize("streams", [True, False])
def test_curl_is_served(daemon: Daemon, tool: Tool, streams: bool) -> None:
    body = json.dumps({"model": "gpt-4o", "messages": MESSAGES, "stream": streams})
    said = subprocess.run(
        ["curl", "-sSN", "--noproxy", "*", f"{daemon.address}/proxy/openai~{tool.name}/chat/completions",
         "-H", "Content-Type: application/json", "-H", f"Authorization: Bearer {KEY}", "-d", body],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    assert said.endswith("data: [DONE]\n\n") if streams else json.loads(said)["usage"]["total_tokens"] == 120
    assert tool.calls()[0]["status"] == 200


# Who called, and what is kept


def test_without_a_key_nobody_knows_who_called(daemon: Daemon) -> None:
    answer = daemon.http.post("/proxy/openai/chat/completions", json={"model": "nobodys-model", "messages": MESSAGES})
    assert answer.status_code == 200

    def row() -> Any:
        services = daemon.http.get("/api/usage/by-service", params={"model": "nobodys-model"}).json()["services"]
        return services or None

    (found,) = wait_for(row)
    assert (found["service"], found["calls"], found["unpriced_calls"], found["cost"]) == (None, 1, 1, None)


def test_keys_go_on_and_are_kept_nowhere(daemon: Daemon, provider: str, tool: Tool) -> None:
    tool.openai().chat.completions.create(model="gpt-4o", messages=MESSAGES)
    assert ("authorization", f"Bearer {KEY}") in seen_by(provider)[-1].headers
    url = f"/proxy/openai~{tool.name}/models/gpt-4o:generateContent"
    daemon.http.post(url, params={"key": "AIza-another-secret"}, json={"contents": []})
    assert "key=AIza-another-secret" in seen_by(provider)[-1].target
    assert tool.calls(2)[0]["model"] == "gpt-4o"
    wait_for(lambda: daemon.http.get("/api/usage/summary", params={"service": tool.name}).json()["calls"] == 2)
    kept = [path for path in daemon.folder.rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        content = path.read_bytes()
        assert KEY.encode() not in content, path
        assert b"AIza-another-secret" not in content, path


def test_many_at_once_are_each_answered_and_counted(tool: Tool) -> None:
    client = tool.openai()

    def ask(number: int) -> str | None:
        answer = client.chat.completions.create(model=f"model-{number}", messages=MESSAGES)
        return answer.model

    with ThreadPoolExecutor(16) as pool:
        answered = list(pool.map(ask, range(64)))
    assert answered == [f"model-{number}" for number in range(64)]
    found = {call["model"] for call in tool.calls(64)}
    assert found == set(answered)


def test_whatever_clients_and_providers_did_is_no_error_of_the_daemon(daemon: Daemon, tool: Tool) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        keep_all(tool.url("/chat/completions"), {"model": "cut", "stream": True}, bytearray())
    tool.calls()
    assert "ERROR" not in daemon.output.read_text(encoding="utf-8")


def test_a_daemon_that_is_killed_takes_the_call_on_its_way_with_it_and_no_other(
    provider: str, daemons: Callable[..., Daemon]
) -> None:
    own = daemons(json.dumps({"usage": {"providers": {"openai": {"base_url": f"{provider}/v1"}}}}))
    tool = Tool(own)
    tool.openai().chat.completions.create(model="gpt-4o", messages=MESSAGES)
    before = tool.calls()
    stream = tool.openai().chat.completions.create(model="slow", messages=MESSAGES, stream=True)
    next(iter(stream))
    own.kill()
    with pytest.raises((httpx.HTTPError, openai.APIConnectionError)):
        list(stream)
    tool.close()
    wait_for(lambda: httpx.get(f"{provider}/_open").text == "0", what="the provider stops")
    own.start()
    assert tool.calls() == before


def test_a_call_that_goes_on_does_not_keep_the_daemon_from_ending(
    provider: str, daemons: Callable[..., Daemon]
) -> None:
    own = daemons(json.dumps({"usage": {"providers": {"openai": {"base_url": f"{provider}/v1"}}}}))
    before = int(httpx.get(f"{provider}/_open").text)
    with ThreadPoolExecutor(1) as pool:
        url = f"{own.address}/proxy/openai~x/chat/completions"
        asking = pool.submit(httpx.post, url, json={"model": "hangs"}, timeout=60)
        wait_for(lambda: int(httpx.get(f"{provider}/_open").text) > before, what="the call is on its way")
        own.stop()
        with pytest.raises(httpx.RemoteProtocolError):
            asking.result()
    wait_for(lambda: int(httpx.get(f"{provider}/_open").text) == before, what="the provider stops")
    assert "Traceback" not in own.output.read_text(encoding="utf-8")
    own.start()
    (call,) = own.http.get("/api/usage/calls").json()["calls"]
    assert (call["service"], call["outcome"]) == ("x", "cancelled")
