"""How the daemon serves WebSockets: text encoded once, and a client's own frames read so that its end is seen."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Coroutine, Generator
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect

from backend.core.bus import Latest

GOING_AWAY = 1001
TRY_AGAIN = 1013


async def serve(websocket: WebSocket, *sides: Coroutine[Any, Any, None]) -> None:
    """Runs the sides of an accepted connection until the first ends or the daemon leaves, then ends the others."""
    tasks = [asyncio.ensure_future(side) for side in (*sides, _say_goodbye(websocket))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, WebSocketDisconnect):
            raise error


async def _say_goodbye(websocket: WebSocket) -> None:
    await websocket.app.state.center.closing.wait()
    await websocket.close(GOING_AWAY, "the control center is stopping")


async def ignore_frames(websocket: WebSocket) -> None:
    """Inbound frames mean nothing here and break nothing; ends when the client goes."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def serve_latest(websocket: WebSocket, latest: Latest[str]) -> None:
    """Sends the newest value whenever the client is ready for it: a slow one gets fewer, never older ones."""
    await websocket.accept()
    await serve(websocket, _send_newest(websocket, latest), ignore_frames(websocket))


async def _send_newest(websocket: WebSocket, latest: Latest[str]) -> None:
    client = _Client(websocket)
    try:
        with latest.told_to(client.offer):
            await client.failed
    finally:
        await client.close()


class _Client:
    """Who is ready is sent to in the turn of the one who publishes: a task to be woken for each of a thousand would be
    half of the cost. Who is not has a task that waits, and sends the newest then."""

    def __init__(self, websocket: WebSocket) -> None:
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._websocket = websocket
        self._newest: str | None = None
        self._waiting: asyncio.Task[None] | None = None

    def offer(self, text: str) -> None:
        if self._waiting is not None:
            self._newest = text
            return
        sending = self._websocket.send_text(text)
        try:
            awaited = sending.send(None)
        except StopIteration:
            return
        except Exception as error:
            self._fail(error)
        else:
            self._waiting = asyncio.create_task(self._catch_up(sending, awaited))

    async def close(self) -> None:
        self.failed.cancel()
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)

    async def _catch_up(self, sending: Coroutine[Any, Any, None], awaited: Any) -> None:
        try:
            await _rest_of(sending, awaited)
            while self._newest is not None:
                text, self._newest = self._newest, None
                await self._websocket.send_text(text)
        except Exception as error:
            self._fail(error)
        finally:
            self._waiting = None

    def _fail(self, error: Exception) -> None:
        if not self.failed.done():
            self.failed.set_exception(error)


@types.coroutine
def _rest_of(begun: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    """What is left of a coroutine that was run by hand until it awaited something."""
    try:
        while True:
            try:
                result = yield awaited
            except BaseException as error:
                awaited = begun.throw(error)
            else:
                awaited = begun.send(result)
    except StopIteration:
        return
    finally:
        begun.close()
