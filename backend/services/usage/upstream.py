"""One exchange with the endpoint that a provider has: what is sent goes as it came, what comes back is handed on block
by block.

Connections are kept for the next exchange. One is thrown away at once when its exchange is not finished: whoever pays
for an answer that nobody reads any more wants it to stop.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

import httptools

CONNECT_LIMIT = 15.0  # seconds
IDLE_LIMIT = 4.0  # seconds that a connection is kept for the next exchange: many servers close theirs after five
HIGH_WATER = 1 << 18  # bytes that wait for a slow client before no more is read

Headers = Sequence[tuple[bytes, bytes]]


class UpstreamError(Exception):
    """The endpoint cannot be reached, or does not speak HTTP; in words for a person."""


class UpstreamCut(Exception):
    """The answer ended before its end."""


@dataclass(frozen=True, slots=True)
class Origin:
    host: str
    port: int
    secure: bool

    @classmethod
    def of(cls, url: str) -> Origin:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        assert parts.hostname is not None
        return cls(parts.hostname, parts.port or (443 if secure else 80), secure)

    @property
    def authority(self) -> bytes:
        """As the header `Host` has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.secure else 80
        return (host if self.port == usual else f"{host}:{self.port}").encode("ascii")


@dataclass(frozen=True, slots=True)
class Head:
    """How a request begins: `target` is path and query as they go on the wire."""

    method: bytes
    target: bytes
    headers: Headers

    def as_bytes(self) -> bytes:
        lines = [self.method + b" " + self.target + b" HTTP/1.1"]
        lines += [name + b": " + value for name, value in self.headers]
        return b"\r\n".join(lines) + b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """One connection, one exchange at a time."""

    def __init__(self) -> None:
        self.used = False  # for an exchange before
        self.heard = False  # anything of the present answer
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._blocks: deque[bytes] = deque()
        self._size = 0
        self._begun = self._ended = self._lost = self._bodiless = False
        self._wrong: str | None = None
        self._awake = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._keep = self._sent = False

    # What the loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._ended:  # more than was asked for: nothing that follows can be told apart
            self.abort()
            return
        self.heard = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._wrong = str(error)
            self.abort()
        if self._size > HIGH_WATER and self._transport is not None:
            self._transport.pause_reading()
        self._awake.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._awake.set()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # What the parser tells

    def on_message_begin(self) -> None:
        if not self._ended:
            self.status, self.headers = 0, []

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._begun:  # what follows the body tells of the transfer, and ends with it
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self._ended or status < 200:  # a word in between, such as 103: the answer follows
            return
        self.status = status
        self._begun = True
        self._keep = self._parser.should_keep_alive()
        if self._bodiless:
            self._ended, self._keep = True, False

    def on_body(self, body: bytes) -> None:
        self._blocks.append(body)
        self._size += len(body)

    def on_message_complete(self) -> None:
        if self._begun:
            self._ended = True

    # What the exchange asks

    @property
    def lost(self) -> bool:
        return self._lost

    @property
    def reusable(self) -> bool:
        return self._sent and self._ended and self._keep and not self._lost

    def begin(self, head: Head) -> None:
        self.heard = self._begun = self._ended = self._keep = self._sent = False
        self._bodiless = head.method == b"HEAD"
        self.write(head.as_bytes())

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._lost:
            self._transport.write(data)

    def finish(self) -> None:
        """All of the request is sent."""
        self._sent = True

    async def drained(self) -> None:
        await self._writable.wait()

    async def answered(self) -> None:
        """Once status and headers are there. Raises `UpstreamError`."""
        while not self._begun:
            if self._wrong is not None:
                raise UpstreamError(f"it does not answer in HTTP ({self._wrong})")
            if self._lost:
                raise UpstreamError("it closed the connection without an answer")
            await self._wait()

    async def block(self) -> tuple[bytes, bool]:
        """What has come meanwhile, and whether more comes. Raises `UpstreamCut`."""
        while not self._blocks:
            if self._over:
                return b"", False
            if self._lost or self._wrong is not None:
                raise UpstreamCut
            await self._wait()
        found = self._blocks.popleft() if len(self._blocks) == 1 else b"".join(self._blocks)
        self._blocks.clear()
        self._size = 0
        if self._transport is not None and not self._lost:
            self._transport.resume_reading()
        return found, not self._over

    @property
    def _over(self) -> bool:
        return self._ended or (self._lost and self._wrong is None and self._until_closed)

    @property
    def _until_closed(self) -> bool:
        """Whether the end of the connection is the end of the answer."""
        return not any(name.lower() in {b"content-length", b"transfer-encoding"} for name, _ in self.headers)

    async def _wait(self) -> None:
        await self._awake.wait()
        self._awake.clear()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Upstream:
    """Connections to all endpoints, those that wait for their next exchange too."""

    def __init__(self) -> None:
        self._idle: defaultdict[Origin, deque[tuple[float, Connection]]] = defaultdict(deque)
        self._trust: ssl.SSLContext | None = None

    async def connect(self, origin: Origin, *, fresh: bool = False) -> Connection:
        """One that waits, or a new one. Raises `UpstreamError`."""
        loop = asyncio.get_running_loop()
        waiting = self._idle[origin]
        while waiting:
            since, kept = waiting.pop()
            if not fresh and not kept.lost and loop.time() - since < IDLE_LIMIT:
                return kept
            kept.abort()
        try:
            async with asyncio.timeout(CONNECT_LIMIT):
                _, made = await loop.create_connection(
                    Connection, origin.host, origin.port, ssl=await self._context() if origin.secure else None
                )
        except TimeoutError as error:
            raise UpstreamError(f"{origin.host}:{origin.port} does not answer") from error
        except ssl.SSLError as error:
            raise UpstreamError(f"{origin.host}:{origin.port} cannot be trusted: {error.reason or error}") from error
        except OSError as error:
            raise UpstreamError(f"{origin.host}:{origin.port} cannot be reached: {error.strerror or error}") from error
        return made

    def release(self, origin: Origin, connection: Connection) -> None:
        """The exchange is over; one that is not finished is thrown away."""
        if not connection.reusable:
            connection.abort()
            return
        connection.used = True
        loop = asyncio.get_running_loop()
        self._idle[origin].append((loop.time(), connection))
        loop.call_later(IDLE_LIMIT, self._close_idle, origin)

    def close(self) -> None:
        for waiting in self._idle.values():
            for _, connection in waiting:
                connection.abort()
        self._idle.clear()

    def _close_idle(self, origin: Origin) -> None:
        waiting, now = self._idle[origin], asyncio.get_running_loop().time()
        while waiting and now - waiting[0][0] >= IDLE_LIMIT:
            waiting.popleft()[1].abort()

    async def _context(self) -> ssl.SSLContext:
        if self._trust is None:
            self._trust = await asyncio.to_thread(_trusted)  # reads all certificates of the system
        return self._trust


def _trusted() -> ssl.SSLContext:
    """Those of the system, for a company's own among them, and those of certifi, for a Python that finds none."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class Exchange:
    """A request on its way and the answer to it; left before its end, it is cut. Each `send` waits until it is taken.

    Where a kept connection turns out to be closed before a word came back, and all of the request is known, it is
    asked again on a fresh one.
    """

    def __init__(self, upstream: Upstream, origin: Origin, head: Head, body: bytes, *, whole: bool) -> None:
        """`body` is what is known of the body by now; `whole` says that it is all of it."""
        self._upstream = upstream
        self._origin = origin
        self._head = head
        self._body = body
        self._whole = whole
        self._chunked = any(name.lower() == b"transfer-encoding" for name, _ in head.headers)
        self._connection: Connection | None = None

    async def __aenter__(self) -> Exchange:
        await self._begin(fresh=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._upstream.release(self._origin, self._connection)

    async def _begin(self, *, fresh: bool) -> None:
        self._connection = await self._upstream.connect(self._origin, fresh=fresh)
        self._connection.begin(self._head)
        if self._body:
            self._connection.write(self._framed(self._body))
        if self._whole:
            self._finish()

    async def send(self, block: bytes, *, last: bool) -> None:
        """A further part of the body."""
        assert self._connection is not None
        if block:
            self._connection.write(self._framed(block))
        if last:
            self._finish()
        await self._connection.drained()

    def _framed(self, block: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(block), block) if self._chunked else block

    def _finish(self) -> None:
        assert self._connection is not None
        if self._chunked:
            self._connection.write(b"0\r\n\r\n")
        self._connection.finish()

    async def answer(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Status and headers. Raises `UpstreamError`."""
        assert self._connection is not None
        try:
            await self._connection.answered()
        except UpstreamError:
            if not (self._connection.used and self._whole) or self._connection.heard:
                raise
            self._upstream.release(self._origin, self._connection)
            await self._begin(fresh=True)
            await self._connection.answered()
        return self._connection.status, self._connection.headers

    async def block(self) -> tuple[bytes, bool]:
        """The next part of the body as it has come, framing removed, and whether more comes. Raises `UpstreamCut`."""
        assert self._connection is not None
        return await self._connection.block()
