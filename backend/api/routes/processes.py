"""Logs of services: a stretch, the whole, a stream for scripts, and one socket for any number of followed logs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Header, Query, WebSocket
from fastapi.responses import StreamingResponse

from backend.api.depends import CenterDep, permission
from backend.api.log_socket import LogSocket
from backend.api.problems import problems
from backend.api.routes.supervisor import ServiceId
from backend.api.schemas.supervisor import LogLines
from backend.center import Center
from backend.services.processes.follow import follow
from backend.services.processes.levels import level_of
from backend.services.processes.logs import Log, Piece

router = APIRouter(tags=["logs"])

PING = 15.0  # seconds between signs of life on a quiet stream


@router.get("/api/services/{service_id}/logs", dependencies=[permission("logs:read")], responses=problems(404, 422))
async def get_logs(
    center: CenterDep,
    service_id: ServiceId,
    lines: Annotated[int, Query(ge=1, le=10000)] = 100,
    before: Annotated[int | None, Query(ge=0, description="only what lies above this offset")] = None,
) -> LogLines:
    """The last lines of the log, or those above an offset."""
    entry = center.supervisor.entry(service_id)
    log = Log(entry.spec.log_file)
    piece = await asyncio.to_thread(log.tail, lines, before)
    first, end = await asyncio.to_thread(log.extent)
    text = piece.data.decode(entry.spec.log.encoding, errors="replace")
    shown = text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []
    return LogLines(
        logs=shown, total_lines=len(shown), size_bytes=end - first, start_offset=piece.start, next_offset=piece.end
    )


@router.get(
    "/api/services/{service_id}/logs/download",
    dependencies=[permission("logs:read")],
    responses={200: {"content": {"text/plain": {}}}, **problems(404, 422)},
    response_class=StreamingResponse,
)
async def download_log(center: CenterDep, service_id: ServiceId) -> StreamingResponse:
    """All bytes that are kept, as they were written."""
    log = Log(center.supervisor.entry(service_id).spec.log_file)
    headers = {"Content-Disposition": f'attachment; filename="{service_id}.log"'}
    return StreamingResponse(log.download(), media_type="text/plain", headers=headers)


@router.get(
    "/api/services/{service_id}/logs/stream",
    dependencies=[permission("logs:read")],
    responses={200: {"content": {"text/event-stream": {}}}, **problems(404, 422)},
    response_class=StreamingResponse,
)
async def stream_log(
    center: CenterDep,
    service_id: ServiceId,
    lines: Annotated[int, Query(ge=0, le=10000)] = 100,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> StreamingResponse:
    """Server-sent events, one `log` a line; `id` is the offset behind it, with which `Last-Event-ID` resumes."""
    entry = center.supervisor.entry(service_id)
    log = Log(entry.spec.log_file)
    start = last_event_id
    if start is None:
        start = (await asyncio.to_thread(log.tail, lines)).start if lines else (await asyncio.to_thread(log.extent))[1]
    frames = _frames(center, log, start, entry.spec.log.encoding)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(frames, media_type="text/event-stream", headers=headers)


async def _frames(center: Center, log: Log, start: int, encoding: str) -> AsyncIterator[bytes]:
    yield b": here follows the log\n\n"
    rest, rest_at = b"", start
    closing = asyncio.ensure_future(center.closing.wait())
    pieces = follow(log, center.keeper.growth, start)
    async with aclosing(pieces):
        coming = asyncio.ensure_future(anext(pieces))
        try:
            while not closing.done():
                done, _ = await asyncio.wait({coming, closing}, timeout=PING, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    yield b": still here\n\n"
                elif coming in done:
                    piece = coming.result()
                    if piece.gap:
                        rest, rest_at = b"", piece.start
                    block, rest, rest_at = await asyncio.to_thread(_encode, log, rest, rest_at, piece, encoding)
                    if block:
                        yield block
                    coming = asyncio.ensure_future(anext(pieces))
        finally:
            for waiting in (closing, coming):
                waiting.cancel()
            await asyncio.gather(closing, coming, return_exceptions=True)


def _encode(log: Log, rest: bytes, rest_at: int, piece: Piece, encoding: str) -> tuple[bytes, bytes, int]:
    """Whole lines as frames in one block; what is left of an unfinished line, and where it begins."""
    *lines, left = (rest + piece.data).split(b"\n")
    if not lines:
        return b"", left, rest_at
    at = log.arrival(rest_at)
    stamp = at.isoformat() if at is not None else None
    frames = []
    offset = rest_at
    for line in lines:
        offset += len(line) + 1
        message = line.decode(encoding, errors="replace").removesuffix("\r")
        data = json.dumps({"timestamp": stamp, "level": level_of(message), "message": message}, ensure_ascii=False)
        frames.append(f"id: {offset}\nevent: log\ndata: {data}\n\n")
    return "".join(frames).encode(), left, offset


@router.websocket("/api/logs/ws", dependencies=[permission("logs:read")])
async def live_logs(websocket: WebSocket, center: CenterDep) -> None:
    """Any number of followed logs over one socket, in blocks of text with their offsets."""

    def find(service: str) -> tuple[FilePath, str]:
        spec = center.supervisor.entry(service).spec
        return spec.log_file, spec.log.encoding

    await LogSocket(websocket, center.keeper.growth, find).serve()
