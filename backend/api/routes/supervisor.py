"""Services: what each is doing, and starting, stopping and restarting it."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response, WebSocket
from pydantic import TypeAdapter

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.supervisor import ActionResult, LastExit, ServiceDetail, ServiceList, ServiceProcess
from backend.api.sockets import serve_latest
from backend.center import Center
from backend.services.definitions import describe
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.views import ServiceView

router = APIRouter(prefix="/api/services", tags=["services"])

ServiceId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$", description="the id in the file")]
Wait = Annotated[
    Literal["running", "healthy"] | None, Query(description="answer only when the service has got this far")
]
Seconds = Annotated[float, Query(gt=0, le=600, description="seconds that the answer may take")]

_LIST = TypeAdapter(tuple[ServiceView, ...])


@router.get("", dependencies=[permission("services:read")], response_model=ServiceList)
async def list_services(center: CenterDep) -> Response:
    """All services with their states and figures; asks neither the system nor the database."""
    views = center.supervisor.all_views()
    body = b'{"count":%d,"services":%s}' % (len(views), _LIST.dump_json(views))
    return Response(body, media_type="application/json")


@router.websocket("/ws", dependencies=[permission("services:read")])
async def live_services(websocket: WebSocket, center: CenterDep) -> None:
    """One `service_status` message at once, then on any change and every `WS_UPDATE_INTERVAL`."""
    await serve_latest(websocket, center.supervisor.views)


def status_message(views: tuple[ServiceView, ...]) -> str:
    """What each follower gets; encoded once for all of them."""
    now = datetime.now(UTC).isoformat()
    return f'{{"type":"service_status","timestamp":"{now}","services":{_LIST.dump_json(views).decode()}}}'


@router.get("/{service_id}", dependencies=[permission("services:read")], responses=problems(404, 422))
async def get_service(center: CenterDep, service_id: ServiceId) -> ServiceDetail:
    """One service with its definition, its processes and how it last ended."""
    entry = center.supervisor.entry(service_id)
    return await _detail(center, entry)


@router.get("/{service_id}/status", dependencies=[permission("services:read")], responses=problems(404, 422))
async def get_status(center: CenterDep, service_id: ServiceId) -> ServiceView:
    """The state of one service."""
    return center.supervisor.view(center.supervisor.entry(service_id))


@router.post(
    "/{service_id}/start",
    dependencies=[permission("services:start")],
    responses={
        202: {"model": ActionResult, "description": "It waits for another service."},
        **problems(404, 409, 422, 503),
    },
)
async def start_service(
    center: CenterDep, response: Response, service_id: ServiceId, wait: Wait = None, timeout: Seconds = 30
) -> ActionResult:
    """Answers as soon as the process is there, with its pid; 202 when the service waits for another one first."""
    entry = await center.supervisor.start(service_id)
    return await _come_of(center, response, entry, wait=wait, timeout=timeout, done="started")


@router.post(
    "/{service_id}/stop",
    dependencies=[permission("services:stop")],
    responses={202: {"model": ActionResult, "description": "It is still being stopped."}, **problems(404, 409, 422)},
)
async def stop_service(
    center: CenterDep, response: Response, service_id: ServiceId, timeout: Seconds = 10
) -> ActionResult:
    """Answers when nothing of the service lives any more; 202 when that takes longer than `timeout`."""
    left = center.supervisor.up_dependants(center.supervisor.entry(service_id).spec.id)
    entry = await center.supervisor.stop(service_id, timeout)
    done = entry.state.status != "stopping"
    response.status_code = 200 if done else 202
    message = f"{entry.spec.name} is stopped." if done else f"{entry.spec.name} is still being stopped."
    if left:
        message += f" Still up and depending on it: {', '.join(left)}."
    return _result(entry, message)


@router.post(
    "/{service_id}/restart",
    dependencies=[permission("services:restart")],
    responses={
        202: {"model": ActionResult, "description": "It is not there again yet."},
        **problems(404, 409, 422, 503),
    },
)
async def restart_service(
    center: CenterDep, response: Response, service_id: ServiceId, wait: Wait = None, timeout: Seconds = 30
) -> ActionResult:
    """Stops the service where it runs, and answers as soon as the new process is there."""
    entry = await center.supervisor.restart(service_id, timeout)
    return await _come_of(center, response, entry, wait=wait, timeout=timeout, done="restarted")


async def _come_of(
    center: Center, response: Response, entry: Entry, *, wait: str | None, timeout: float, done: str
) -> ActionResult:
    there = entry.state.pid is not None and entry.state.status in {"starting", "running"}
    if wait is not None:
        there = await center.supervisor.until(entry, wait, timeout)
    response.status_code = 200 if there else 202
    if there:
        return _result(entry, f"{entry.spec.name} is {done}.")
    return _result(entry, f"{entry.spec.name} is {entry.state.status}: {entry.state.reason or 'not there yet'}.")


def _result(entry: Entry, message: str) -> ActionResult:
    state = entry.state
    return ActionResult(id=entry.spec.id, status=state.status, pid=state.pid, reason=state.reason, message=message)


async def _detail(center: Center, entry: Entry) -> ServiceDetail:
    view = center.supervisor.view(entry)
    definition = describe(entry.spec)
    members = (await center.supervisor.members()).get(entry.spec.id, [])
    rows = await center.system.processes_of(members)
    last = entry.last_exit
    return ServiceDetail(
        **{field.name: getattr(view, field.name) for field in fields(view)},
        command=definition["command"],
        cwd=definition["cwd"],
        env=definition["env"],
        autostart=definition["autostart"],
        restart=definition["restart"],
        stop=definition["stop"],
        depends_on=definition["depends_on"],
        health_check=definition["health"],
        limits=definition["limits"],
        log=definition["log"],
        start_seconds=definition["start_seconds"],
        processes=[
            ServiceProcess(
                pid=row.pid, name=row.name, cpu_percent=row.cpu_percent,
                memory_bytes=row.memory_bytes, started_at=row.started_at,
            )
            for row in rows
        ],
        last_exit=None
        if last is None
        else LastExit(
            code=last.exit.code, signal=last.exit.signal, text=last.exit.text,
            at=last.exit.at, last_lines=list(last.last_lines),
        ),
        dependants=center.supervisor.up_dependants(entry.spec.id),
    )  # fmt: skip
