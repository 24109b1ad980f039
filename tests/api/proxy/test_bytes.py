"""Bytes are the same both ways, for curl and bare sockets too."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.proxy.conftest import KEY, MESSAGES, TEXT, Tool, buckets, said
from tests.fakes.daemon import Daemon
from tests.fakes.provider import seen_by


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
