"""One connection to an endpoint and what is said on it: HTTP/1.1, one exchange at a time.

It knows whether an answer has come to its end or was cut, and reads no further than the client has got.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import httptools

HIGH_WATER = 1 << 18  # bytes that wait for a slow client before no more is read
HIGHEST_STATUS = 599
LONGEST_HEAD = 1 << 18  # bytes of an answer before its body
LARGE = 1 << 16  # bytes of a block that is handed on by itself: to join it with others would copy it

Headers = Sequence[tuple[bytes, bytes]]


class UpstreamError(Exception):
    """The endpoint cannot be reached, or does not speak HTTP; in words for a person."""


class UpstreamCut(Exception):
    """The answer ended before its end."""


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
        self._head_size = 0
        self._left = 0  # bytes of a body of known length that are to come
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
        if self._left:
            self._take(data)
        else:
            self._parse(data)
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

    def _take(self, data: bytes) -> None:
        """Of a body whose length is known nothing needs to be parsed, which would copy it."""
        if len(data) > self._left:  # what follows was not asked for
            data = data[: self._left]
            self.abort()
        self.on_body(data)
        self._ended = not self._left

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse("it changes to another protocol")
        except httptools.HttpParserError as error:
            self._refuse(str(error))
        if not self._begun:
            self._head_size += len(data)
            if self._head_size > LONGEST_HEAD:
                self._refuse("its headers do not end")

    def _refuse(self, why: str) -> None:
        self._wrong = why
        self.abort()

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
        if status > HIGHEST_STATUS:
            self._refuse(f"its status is {status}")
            return
        self.status = status
        self._begun = True
        self._keep = self._parser.should_keep_alive()
        self._left = self._length()
        if self._bodiless:
            self._ended, self._keep = True, False

    def on_body(self, body: bytes) -> None:
        self._blocks.append(body)
        self._size += len(body)
        self._left = max(0, self._left - len(body))

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
        self._parser = httptools.HttpResponseParser(self)
        self._head_size = self._left = 0
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
        found = self._blocks.popleft()
        if self._blocks and len(found) < LARGE:
            found = b"".join((found, *self._blocks))
            self._blocks.clear()
        self._size -= len(found)
        if self._size <= HIGH_WATER and self._transport is not None and not self._lost:
            self._transport.resume_reading()
        return found, bool(self._blocks) or not self._over

    @property
    def _over(self) -> bool:
        return self._ended or (self._lost and self._wrong is None and self._until_closed)

    @property
    def _until_closed(self) -> bool:
        """Whether the end of the connection is the end of the answer."""
        return not self._framing()

    def _length(self) -> int:
        """Of the body, in bytes; 0 where it ends in another way."""
        framing = self._framing()
        return 0 if b"transfer-encoding" in framing else int(framing.get(b"content-length", 0))

    def _framing(self) -> dict[bytes, bytes]:
        pairs = ((name.lower(), value) for name, value in self.headers)
        return {name: value for name, value in pairs if name in {b"content-length", b"transfer-encoding"}}

    async def _wait(self) -> None:
        await self._awake.wait()
        self._awake.clear()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
