"""How the daemon serves WebSockets: text encoded once, and a client's own frames read so that its end is seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
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


async def send_all(websocket: WebSocket, texts: AsyncIterator[str]) -> None:
    async for text in texts:
        await websocket.send_text(text)


async def serve_latest(websocket: WebSocket, latest: Latest[str]) -> None:
    """Sends the newest value whenever the client is ready for it: a slow one gets fewer, never older ones."""
    await websocket.accept()
    await serve(websocket, send_all(websocket, latest.follow()), ignore_frames(websocket))
