"""One WebSocket that carries any number of followed logs, in blocks: browsers allow few connections to a host.

The client asks with `{"op": "follow" | "unfollow" | "page", "log": "service:<id>" | "run:<id>", …}`; a faulty
request is answered with `refused` and ends nothing. The last word of a followed run is `complete`, with its outcome.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

from fastapi import WebSocket

from backend.api.log_sources import LogSource
from backend.api.log_stream import ending
from backend.api.sockets import serve
from backend.core.errors import CenterError
from backend.services.processes.follow import follow
from backend.services.processes.growth import Growth
from backend.services.processes.logs import Log, Piece

MOST_LINES = 10_000
MUCH = 1 << 17  # bytes of a piece after which more may be waiting
Find = Callable[[str], Awaitable[LogSource]]


class LogSocket:
    """`find` gives the log of this name; it raises a `CenterError` or a `ValueError` where there is none."""

    def __init__(self, websocket: WebSocket, growth: Growth, find: Find) -> None:
        self._websocket = websocket
        self._growth = growth
        self._find = find
        self._followed: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        await self._websocket.accept()
        try:
            await serve(self._websocket, self._listen())
        finally:
            for task in self._followed.values():
                task.cancel()
            await asyncio.gather(*self._followed.values(), return_exceptions=True)

    async def _listen(self) -> None:
        while (message := await self._websocket.receive())["type"] != "websocket.disconnect":
            text = message.get("text") or ""
            name = None
            try:
                request = json.loads(text)
                name = request["log"]
                await self._do(request)
            except CenterError as error:
                await self._refuse(name, error.detail)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                await self._refuse(
                    name, f"not understood: {error}. Send {{'op': 'follow', 'log': 'service:<id>'}}, or run:<id>."
                )

    async def _refuse(self, log: Any, detail: str) -> None:
        await self._send({"type": "refused", "log": log, "detail": detail})

    async def _do(self, request: dict[str, Any]) -> None:
        name = request["log"]
        lines = max(0, min(int(request.get("lines", 500)), MOST_LINES))
        match request["op"]:
            case "follow":
                source = await self._find(name)
                self._unfollow(name)
                following = self._follow(name, source, request.get("from"), lines)
                self._followed[name] = asyncio.create_task(following, name=f"follow {name}")
            case "unfollow":
                self._unfollow(name)
            case "page":
                await self._page(name, (await self._find(name)).log, int(request["before"]), lines)
            case other:
                raise ValueError(f"unknown op {other!r}")

    def _unfollow(self, name: str) -> None:
        if (task := self._followed.pop(name, None)) is not None:
            task.cancel()

    async def _follow(self, name: str, source: LogSource, start: Any, lines: int) -> None:
        log = source.log
        if start is None:
            tail = await asyncio.to_thread(_tail, log, lines, None)
            await self._send({**self._block("block", name, log, tail), "behind": 0})
            start = tail.end
        at = int(start)
        async with ending(source.ended) as last, aclosing(follow(log, self._growth, at, last=last)) as pieces:
            async for piece in pieces:
                if piece.gap:
                    await self._send({"type": "gap", "log": name, "start": at, "end": piece.start})
                behind = await asyncio.to_thread(_after, log, piece.end) if len(piece.data) >= MUCH else 0
                await self._send({**self._block("block", name, log, piece), "behind": behind})
                at = piece.end
            if last is not None:
                await self._send({"type": "complete", "log": name, **last.result()})

    async def _page(self, name: str, log: Log, before: int, lines: int) -> None:
        piece = await asyncio.to_thread(_tail, log, lines, before)
        first, _ = await asyncio.to_thread(log.extent)
        block = self._block("page", name, log, piece)
        await self._send({**block, "first": piece.start <= first})

    @staticmethod
    def _block(kind: str, name: str, log: Log, piece: Piece) -> dict[str, Any]:
        return {
            "type": kind,
            "log": name,
            "start": piece.start,
            "end": piece.end,
            "text": log.text(piece),
            "at": next((moment for offset, moment in piece.times if offset <= piece.start), None),
            "times": [entry for entry in piece.times if entry[0] > piece.start],
        }

    async def _send(self, message: dict[str, Any]) -> None:
        await self._websocket.send_text(json.dumps(message, ensure_ascii=False, separators=(",", ":")))


def _after(log: Log, end: int) -> int:
    """How many bytes the log has from there on."""
    return max(0, log.extent()[1] - end)


def _tail(log: Log, lines: int, before: int | None) -> Piece:
    return log.with_times(log.tail(lines, before))
