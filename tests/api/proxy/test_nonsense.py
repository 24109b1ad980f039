"""The meter between ends that lie, break off or try to slip something through: each gets a clear word, the ledger goes
on, and nothing of it is an error of the daemon."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.fakes.daemon import Daemon, wait_for

JSON = b"content-type: application/json\r\n"
DEEP = b'{"a":' * 40_000 + b"\n\n"
USAGE = b'"usage": {"prompt_tokens": 7, "completion_tokens": 2}}'


class Endpoint:
    """Says `answer` to whatever it is asked, keeps what that was, and closes."""

    def __init__(self) -> None:
        self.answer = b""
        self.seen: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with client, suppress(ConnectionError):
                    client.settimeout(0.2)
                    self.seen.append(self._request(client))
                    client.sendall(self.answer)

    def _request(self, client: socket.socket) -> bytes:
        """All that comes, until the other waits for the answer."""
        asked = b""
        with suppress(TimeoutError):
            while (part := client.recv(1 << 16)) and b"\r\n\r\n" not in (asked := asked + part):
                pass
            while part := client.recv(1 << 16):
                asked += part
        return asked

    def close(self) -> None:
        self._listener.close()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.close()


@pytest.fixture(scope="module")
def daemon(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    provider = {"base_url": f"http://127.0.0.1:{endpoint.port}/v1"}
    made = Daemon(tmp_path_factory.mktemp("daemon"), json.dumps({"usage": {"providers": {"liar": provider}}}))
    made.start()
    yield made
    made.close()


def say(daemon: Daemon, request: bytes) -> bytes:
    """The whole of what comes back."""
    place = urlsplit(daemon.address)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=30) as client:
        client.sendall(request.replace(b"HERE", place.netloc.encode()))
        found = b""
        while part := client.recv(1 << 16):
            found += part
    return found


def ask(daemon: Daemon, name: str, body: bytes = b"{}") -> bytes:
    head = f"POST /proxy/liar~{name}/x HTTP/1.1\r\nHost: HERE\r\nConnection: close\r\n"
    return say(daemon, head.encode() + JSON + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def calls(daemon: Daemon, name: str) -> list[dict[str, Any]]:
    def found() -> Any:
        return daemon.http.get("/api/usage/calls", params={"service": name}).json()["calls"]

    rows: list[dict[str, Any]] = wait_for(found, what=f"the calls of {name}")
    return rows


@pytest.mark.parametrize(
    ("name", "answer", "found"),
    [
        ("no-such-status", b"HTTP/1.1 999 X\r\ncontent-length: 2\r\n\r\nok", (502, "failed")),
        ("another-protocol", b"HTTP/1.1 101 X\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n", (502, "failed")),
        ("not-modified", b"HTTP/1.1 304 X\r\ncontent-length: 99\r\n\r\n", (304, "completed")),
        ("too-short", b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nonly this", (200, "cut")),
        ("continues", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nok", (200, "completed")),
        ("until-closed", b"HTTP/1.0 200 OK\r\n\r\nuntil it closes", (200, "completed")),
        ("not-gzip", b"HTTP/1.1 200 OK\r\n" + JSON + b"content-encoding: gzip\r\n\r\nnot gzip", (200, "completed")),
        ("deep", b"HTTP/1.1 200 OK\r\n" + JSON + b"\r\n" + DEEP, (200, "completed")),
        ("deep-stream", b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: " + DEEP, (200, "completed")),
    ],
)  # fmt: skip
def test_what_providers_say_badly_is_passed_on_or_told(
    daemon: Daemon, endpoint: Endpoint, name: str, answer: bytes, found: tuple[int, str]
) -> None:
    endpoint.answer = answer
    assert ask(daemon, name).startswith(b"HTTP/1.1 %d " % found[0])
    (call,) = calls(daemon, name)
    assert (call["status"], call["outcome"], call["cost"]) == (*found, None)


def test_figures_and_words_of_nonsense_do_not_keep_others_from_the_ledger(daemon: Daemon, endpoint: Endpoint) -> None:
    for words in (
        b'{"model": "\\ud800", "usage": {"prompt_tokens": ' + b"9" * 40 + b"}}",
        b'{"model": "m", "usage": {"prompt_tokens": 5, "note": NaN, "more": ' + b"[" * 300 + b"]" * 300 + b"}}",
        b'{"model": "m", ' + USAGE,
    ):
        endpoint.answer = b"HTTP/1.1 200 OK\r\n" + JSON + b"\r\n" + words
        assert ask(daemon, "babbles").endswith(words + b"\r\n0\r\n\r\n")
    wait_for(lambda: len(calls(daemon, "babbles")) == 3)
    assert [call["input_tokens"] for call in calls(daemon, "babbles")] == [7, 5, 10**12]


def test_what_a_request_nests_deeply_is_no_trouble(daemon: Daemon, endpoint: Endpoint) -> None:
    endpoint.answer = b"HTTP/1.1 200 OK\r\n" + JSON + b"\r\n{" + USAGE
    assert ask(daemon, "nests", b'{"a":' * 40_000).startswith(b"HTTP/1.1 200 ")
    assert calls(daemon, "nests")[0]["output_tokens"] == 2


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_a_body_that_ends_in_two_ways_is_refused(daemon: Daemon, endpoint: Endpoint, framing: bytes) -> None:
    before = len(endpoint.seen)
    assert say(daemon, b"POST /proxy/liar/x HTTP/1.1\r\nHost: HERE\r\n" + framing).startswith(b"HTTP/1.1 400 ")
    assert len(endpoint.seen) == before


def test_a_body_cannot_be_made_a_request_of_its_own(daemon: Daemon, endpoint: Endpoint) -> None:
    endpoint.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
    hidden = b"DELETE /v1/files HTTP/1.1\r\nhost: x\r\n\r\n"
    head = b"POST /proxy/liar/x HTTP/1.1\r\nHost: HERE\r\nConnection: close, content-length\r\n"
    say(daemon, head + b"Content-Length: %d\r\n\r\n" % len(hidden) + hidden)
    assert b"content-length: %d\r\n" % len(hidden) in endpoint.seen[-1]


def test_none_of_that_is_an_error_of_the_daemon(daemon: Daemon, endpoint: Endpoint) -> None:
    endpoint.answer = b"HTTP/1.1 999 X\r\ncontent-length: 2\r\n\r\nok"
    ask(daemon, "at-last")
    calls(daemon, "at-last")
    output = daemon.output.read_text(encoding="utf-8")
    assert "ERROR" not in output
    assert "Traceback" not in output
