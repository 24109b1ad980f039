"""Logs of services: a stretch, the whole, a stream for scripts, and one socket for any number of followed logs."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header, Query, WebSocket
from fastapi.responses import StreamingResponse

from backend.api.depends import CenterDep, permission
from backend.api.log_socket import LogSocket
from backend.api.log_stream import LogStream
from backend.api.problems import problems
from backend.api.routes.supervisor import ServiceId
from backend.api.schemas.supervisor import LogLines
from backend.center import Center
from backend.services.processes.logs import Log

router = APIRouter(tags=["logs"])


def _log_of(center: Center, service_id: str) -> Log:
    spec = center.supervisor.entry(service_id).spec
    return Log(spec.log_file, spec.log.encoding)


@router.get("/api/services/{service_id}/logs", dependencies=[permission("logs:read")], responses=problems(404, 422))
async def get_logs(
    center: CenterDep,
    service_id: ServiceId,
    lines: Annotated[int, Query(ge=1, le=10000)] = 100,
    before: Annotated[int | None, Query(ge=0, description="only what lies above this offset")] = None,
) -> LogLines:
    """The last lines of the log, or those above an offset."""
    log = _log_of(center, service_id)
    piece = await asyncio.to_thread(log.tail, lines, before)
    first, end = await asyncio.to_thread(log.extent)
    text = log.text(piece)
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
    log = _log_of(center, service_id)
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
    log = _log_of(center, service_id)
    start = last_event_id
    if start is None:
        start = (await asyncio.to_thread(log.tail, lines)).start if lines else (await asyncio.to_thread(log.extent))[1]
    frames = LogStream(log, center.keeper.growth, start, center.stroke).frames(center.closing)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(frames, media_type="text/event-stream", headers=headers)


@router.websocket("/api/logs/ws", dependencies=[permission("logs:read")])
async def live_logs(websocket: WebSocket, center: CenterDep) -> None:
    """Any number of followed logs over one socket, in blocks of text with their offsets."""
    await LogSocket(websocket, center.keeper.growth, lambda service: _log_of(center, service)).serve()
