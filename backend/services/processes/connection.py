"""One connection to a keeper: requests with their answers, and news in the order told."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from collections.abc import Callable
from typing import Any

from backend.services.processes.runtime import KeeperAway, KeeperRefused
from keeper.protocol import MAX_LINE, VERSION, Message, ProtocolError, decode, encode


class Refused(Exception):
    """The keeper does not serve this daemon; `words` says why (`refused`: `taken` or `version`)."""

    def __init__(self, words: Message) -> None:
        super().__init__(str(words.get("refused")))
        self.words = words


async def open_streams(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Raises OSError when nobody listens there."""
    if sys.platform != "win32":
        return await asyncio.open_unix_connection(address, limit=MAX_LINE)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, asyncio.ProactorEventLoop)
    reader = asyncio.StreamReader(limit=MAX_LINE)
    protocol = asyncio.StreamReaderProtocol(reader)
    # With every instance of the pipe taken, the connect would wait for ever.
    transport, _ = await asyncio.wait_for(loop.create_pipe_connection(lambda: protocol, address), 5)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def away() -> asyncio.Future[Any]:
    """The answer of a keeper that is not there."""
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    _fail(future, KeeperAway("The keeper does not answer at the moment; it is being started again."))
    return future


def _fail(future: asyncio.Future[Any], error: KeeperAway | KeeperRefused) -> None:
    future.set_exception(error)
    future.exception()  # seen: a caller that no longer waits is no error


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._held_back: list[bytes] | None = None  # requests of a turn of the loop in which one was sent already

    async def greet(self) -> Message:
        """The first exchange; the keeper's welcome with its whole table."""
        self._writer.write(encode({"op": "hello", "version": VERSION, "pid": os.getpid()}))
        words = decode(await self._reader.readline() or b"{}")
        if not words.get("ok"):
            raise Refused(words)
        return words

    async def say(self, message: Message) -> Message:
        """One message outside a session (`ping`, `finish`), and its answer."""
        self._writer.write(encode(message))
        return decode(await self._reader.readline() or b"{}")

    def ask(self, op: str, **members: Any) -> asyncio.Future[Any]:
        """Sent at once; the future has the result, or `KeeperRefused` with the keeper's code and words."""
        if self._writer.is_closing():
            return away()
        number = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[number] = future
        self._send(encode({"op": op, "seq": number, **members}))
        return future

    def _send(self, line: bytes) -> None:
        """The first of a turn of the loop at once, all others of that turn together: a hundred launches are few calls
        of the system."""
        if self._held_back is not None:
            self._held_back.append(line)
            return
        self._held_back = []
        self._writer.write(line)
        asyncio.get_running_loop().call_soon(self._send_rest)

    def _send_rest(self) -> None:
        rest, self._held_back = self._held_back, None
        if rest and not self._writer.is_closing():
            self._writer.write(b"".join(rest))

    async def listen(self, on_event: Callable[[Message], None]) -> None:
        """Deals out answers and events until the keeper is gone."""
        answered = False
        try:
            while line := await self._reader.readline():
                message = decode(line)
                if "event" not in message:
                    self._answer(message)
                    answered = True
                    continue
                if answered:  # who asked goes on before it hears the next news, e.g. of what it launched
                    await asyncio.sleep(0)
                    answered = False
                on_event(message)
        except (OSError, ProtocolError, ValueError):
            pass  # broken off in the middle: the same as gone
        finally:
            self._give_up()

    def _answer(self, message: Message) -> None:
        future = self._asked.pop(message.get("seq", 0), None)
        if future is None or future.done():
            return
        if message.get("ok"):
            future.set_result(message.get("result"))
        else:
            _fail(future, KeeperRefused(message.get("error", ""), keeper_code=message.get("code")))

    def _give_up(self) -> None:
        self._writer.close()
        for future in self._asked.values():
            if not future.done():
                _fail(future, KeeperAway("The keeper went away before it answered."))
        self._asked.clear()

    async def close(self) -> None:
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            pass
