"""The exchange with an endpoint, where the endpoint does what endpoints do: close, hurry, dawdle and talk nonsense."""

from __future__ import annotations

import asyncio
import random
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.services.usage.connection import LONGEST_HEAD, Head, UpstreamCut, UpstreamError
from backend.services.usage.upstream import Exchange, Origin, Upstream

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@asynccontextmanager
async def endpoint(serve: Serve, context: ssl.SSLContext | None = None) -> AsyncIterator[Origin]:
    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0, ssl=context)
    async with server:
        yield Origin("127.0.0.1", server.sockets[0].getsockname()[1], context is not None)


def answering(*answers: bytes) -> Serve:
    """Each connection gets them in turn, one for each request, and is closed after the last."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()

    return serve


async def ask(upstream: Upstream, origin: Origin, method: bytes = b"GET") -> tuple[int, bytes]:
    exchange = Exchange(upstream, origin, Head(method, b"/", [(b"host", origin.authority)]), b"", whole=True)
    body, more = b"", True
    async with exchange:
        status, _ = await exchange.answer()
        while more:
            block, more = await exchange.block()
            body += block
    return status, body


async def test_connections_are_kept_and_one_that_was_closed_meanwhile_is_not_noticed() -> None:
    made = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal made
        made += 1
        await answering(OK, OK)(reader, writer)

    upstream = Upstream()
    async with endpoint(serve) as origin:
        assert [await ask(upstream, origin) for _ in range(4)] == [(200, b"ok")] * 4
        assert made == 2
        upstream.close()


async def test_one_that_closes_instead_of_answering_is_asked_once_more_and_no_more() -> None:
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await answering(OK)(reader, writer)
        await reader.readuntil(b"\r\n\r\n")
        asked += 1

    upstream = Upstream()
    async with endpoint(serve) as origin:
        assert await ask(upstream, origin) == (200, b"ok")
        assert await ask(upstream, origin) == (200, b"ok")  # on a second connection
        assert asked == 1
        upstream.close()

    async with endpoint(answering()) as origin:
        with pytest.raises(UpstreamError, match="closed the connection without an answer"):
            await ask(upstream, origin)


async def test_a_body_that_cannot_be_sent_again_does_not_rest_on_a_kept_connection() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answering(OK)(reader, writer)
        await reader.readuntil(b"\r\n\r\n")  # and closes without an answer

    upstream = Upstream()
    async with endpoint(serve) as origin:
        assert await ask(upstream, origin) == (200, b"ok")
        head = Head(b"POST", b"/", [(b"host", origin.authority), (b"content-length", b"9")])
        async with Exchange(upstream, origin, head, b"begin", whole=False) as exchange:
            await exchange.send(b"ning", last=True)
            assert (await exchange.answer())[0] == 200
        upstream.close()


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil it closes", b"until it closes"),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-trailer: 1\r\n\r\n", b"ok"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;name=v\r\nok\r\n0\r\n\r\n", b"ok"),
        (b"HTTP/1.1 200 OK\r\nupgrade: h2c\r\nconnection: upgrade\r\ncontent-length: 2\r\n\r\nok", b"ok"),
        (OK + b"and more than was asked for", b"ok"),
    ],
)
async def test_answers_of_every_form_are_understood(answer: bytes, body: bytes) -> None:
    upstream = Upstream()
    async with endpoint(answering(answer)) as origin:
        assert await ask(upstream, origin) == (200, body)
        upstream.close()


@pytest.mark.parametrize("head", [b"HTTP/1.1 204 No\r\n\r\n", b"HTTP/1.1 304 Not\r\ncontent-length: 99\r\n\r\n"])
async def test_answers_without_a_body_end_with_their_headers(head: bytes) -> None:
    upstream = Upstream()
    async with endpoint(answering(head, OK)) as origin:
        _, body = await ask(upstream, origin)
        assert body == b""
        upstream.close()


@pytest.mark.parametrize("more", [b"", b"and more than was said"])
async def test_a_long_body_of_known_length_is_the_same_however_it_comes(more: bytes) -> None:
    body = random.Random(4).randbytes(3_000_000)
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body)
    parts = [head, body[:10], body[10:1_000_000], body[1_000_000:] + more]
    again = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal again
        while await reader.readuntil(b"\r\n\r\n"):
            again += 1
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0.02)  # so that they come one by one

    upstream = Upstream()
    async with endpoint(serve) as origin:
        assert await ask(upstream, origin) == (200, body)
        assert await ask(upstream, origin) == (200, body)
        assert again == 2
        upstream.close()


async def test_an_answer_to_head_has_no_body_whatever_its_length_says() -> None:
    upstream = Upstream()
    async with endpoint(answering(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n")) as origin:
        assert await ask(upstream, origin, b"HEAD") == (200, b"")
        upstream.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nnonsense\r\n",
    ],
)
async def test_an_answer_that_breaks_off_is_cut(answer: bytes) -> None:
    upstream = Upstream()
    async with endpoint(answering(answer)) as origin:
        with pytest.raises(UpstreamCut):
            await ask(upstream, origin)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 2000000 X\r\n\r\n",
        b"HTTP/1.1 999 X\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok!",
        b"HTTP/1.1 200 OK\r\nendless: " + b"x" * (LONGEST_HEAD + 1),
    ],
)
async def test_what_is_no_http_is_told_so(answer: bytes) -> None:
    async with endpoint(answering(answer)) as origin:
        with pytest.raises(UpstreamError, match="does not answer in HTTP"):
            await ask(Upstream(), origin)


async def test_what_cannot_be_reached_is_told_so() -> None:
    with pytest.raises(UpstreamError, match=r"127\.0\.0\.1:1 cannot be reached"):
        await ask(Upstream(), Origin("127.0.0.1", 1, False))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not there")
async def test_only_a_certificate_that_somebody_vouches_for_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    async with endpoint(answering(OK), context) as origin:
        with pytest.raises(UpstreamError, match="cannot be trusted: CERTIFICATE_VERIFY_FAILED"):
            await ask(Upstream(), origin)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert await ask(Upstream(), origin) == (200, b"ok")


async def test_a_slow_reader_keeps_the_endpoint_waiting_instead_of_filling_memory() -> None:
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 1 << 27:
            writer.write(bytes(1 << 16))
            await writer.drain()
            sent += 1 << 16

    upstream = Upstream()
    async with endpoint(serve) as origin:
        exchange = Exchange(upstream, origin, Head(b"GET", b"/", []), b"", whole=True)
        async with exchange:
            await exchange.answer()
            before = -1
            while sent != before:  # until it stands still
                before = sent
                await asyncio.sleep(0.3)
            assert sent < 1 << 25
            got = 0
            while got <= sent < 1 << 27:
                block, _ = await exchange.block()
                got += len(block)
        assert sent > before


async def test_an_exchange_that_is_left_closes_its_connection_at_once() -> None:
    closed = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.read()
        closed.set()

    async with endpoint(serve) as origin:
        asking = asyncio.ensure_future(ask(Upstream(), origin))
        await asyncio.sleep(0.1)
        asking.cancel()
        async with asyncio.timeout(20):
            await closed.wait()


@pytest.mark.parametrize(
    ("url", "origin", "authority"),
    [
        ("https://api.openai.com/v1", Origin("api.openai.com", 443, True), b"api.openai.com"),
        ("http://127.0.0.1:11434", Origin("127.0.0.1", 11434, False), b"127.0.0.1:11434"),
        ("http://[::1]:80/v1", Origin("::1", 80, False), b"[::1]"),
    ],
)
def test_an_address_has_its_parts(url: str, origin: Origin, authority: bytes) -> None:
    assert (Origin.of(url), origin.authority) == (origin, authority)
