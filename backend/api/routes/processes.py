"""Logs of services and runs: a stretch, the whole, a stream for scripts, and one socket for any number of them."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response, WebSocket
from fastapi.responses import StreamingResponse

from backend.api.depends import CenterDep, permission
from backend.api.log_page import log_page, moment_of
from backend.api.log_socket import LogSocket
from backend.api.log_sources import LogSource, named, of_run, of_service
from backend.api.log_stream import LogStream
from backend.api.problems import problems
from backend.api.routes.runs import RunId
from backend.api.routes.supervisor import ServiceId
from backend.api.schemas.processes import RunLogs
from backend.api.schemas.supervisor import LogLines
from backend.center import Center
from backend.services.processes.logs import Log

router = APIRouter(tags=["logs"])


LastEventId = Annotated[int | None, Header(ge=0, description="offset behind the last line that was received")]


@router.get("/api/services/{service_id}/logs", dependencies=[permission("logs:read")], responses=problems(404, 422))
async def get_logs(
    center: CenterDep,
    service_id: ServiceId,
    lines: Annotated[int, Query(ge=1, le=10000)] = 100,
    before: Annotated[int | None, Query(ge=0, description="only what lies above this offset")] = None,
) -> LogLines:
    """The last lines of the log, or those above an offset."""
    log = of_service(center, service_id).log
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
    log = of_service(center, service_id).log
    return _download(log, service_id)


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
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """Server-sent events, one `log` a line; `id` is the offset behind it, with which `Last-Event-ID` resumes."""
    log = of_service(center, service_id).log
    start = last_event_id
    if start is None:
        start = (await asyncio.to_thread(log.tail, lines)).start if lines else (await asyncio.to_thread(log.extent))[1]
    return _stream(center, LogSource(log), start)


@router.get(
    "/api/runs/{run_id}/logs",
    dependencies=[permission("logs:read")],
    responses=problems(400, 404, 422),
    response_model=RunLogs,
)
async def get_run_logs(
    center: CenterDep,
    run_id: RunId,
    tail: Annotated[int, Query(ge=1, le=10000, description="at most this many, the last ones")] = 500,
    since: Annotated[
        str | None, Query(description="only those of this time or later: ISO 8601, UTC by default")
    ] = None,
) -> Response:
    """The last lines of a run's log, with times and levels."""
    moment = moment_of(since) if since else None
    log = (await of_run(center, run_id)).log
    body = await asyncio.to_thread(log_page, run_id, log, tail, moment, center.line_counts)
    return Response(body, media_type="application/json")


@router.get(
    "/api/runs/{run_id}/logs/download",
    dependencies=[permission("logs:read")],
    responses={200: {"content": {"text/plain": {}}}, **problems(404, 422)},
    response_class=StreamingResponse,
)
async def download_run_log(center: CenterDep, run_id: RunId) -> StreamingResponse:
    """All that the run has printed, as it was written."""
    return _download((await of_run(center, run_id)).log, run_id)


@router.get(
    "/api/runs/{run_id}/logs/stream",
    dependencies=[permission("logs:read")],
    responses={200: {"content": {"text/event-stream": {}}}, **problems(404, 422)},
    response_class=StreamingResponse,
)
async def stream_run_log(center: CenterDep, run_id: RunId, last_event_id: LastEventId = None) -> StreamingResponse:
    """The whole log as server-sent events, one `log` a line, live while the run goes, then `complete` with its
    `{status, exit_code}`. `Last-Event-ID` resumes behind the line with that `id`."""
    return _stream(center, await of_run(center, run_id), last_event_id or 0)


@router.websocket("/api/logs/ws", dependencies=[permission("logs:read")])
async def live_logs(websocket: WebSocket, center: CenterDep) -> None:
    """Any number of followed logs over one socket, in blocks of text with their offsets."""
    await LogSocket(websocket, center.keeper.growth, lambda name: named(center, name)).serve()


def _download(log: Log, name: str) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.log"'}
    return StreamingResponse(log.download(), media_type="text/plain", headers=headers)


def _stream(center: Center, source: LogSource, start: int) -> StreamingResponse:
    stream = LogStream(source.log, center.keeper.growth, start, center.stroke, source.ended)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream.frames(center.closing), media_type="text/event-stream", headers=headers)
