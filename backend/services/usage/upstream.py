"""One exchange with the endpoint that a provider has: what is sent goes as it came, what comes back is handed on block
by block.

Connections are kept for the next exchange. One is thrown away at once when its exchange is not finished: whoever pays
for an answer that nobody reads any more wants it to stop.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict, deque
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

from backend.services.usage.connection import Connection, Head, UpstreamError

CONNECT_LIMIT = 15.0  # seconds
IDLE_LIMIT = 4.0  # seconds that a connection is kept for the next exchange: many servers close theirs after five


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


class Upstream:
    """Connections to all endpoints, those that wait for their next exchange too."""

    def __init__(self) -> None:
        self._idle: defaultdict[Origin, deque[tuple[float, Connection]]] = defaultdict(deque)
        self._trust: ssl.SSLContext | None = None

    async def connect(self, origin: Origin, *, fresh: bool = False) -> Connection:
        """One that waits, or a new one. Raises `UpstreamError`."""
        loop = asyncio.get_running_loop()
        waiting = self._idle[origin]
        while waiting and not fresh:
            since, kept = waiting.pop()
            if not kept.lost and loop.time() - since < IDLE_LIMIT:
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

    Where a kept connection turns out to be closed before a word came back, it is asked again on a fresh one. A body of
    which only the beginning is known could not be sent again, so it goes on a fresh one from the start.
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
        await self._begin(fresh=not self._whole)
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
