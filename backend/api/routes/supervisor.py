"""Services: what each is doing, and starting, stopping and restarting it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response, WebSocket

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.quick import QuickRoute
from backend.api.schemas.supervisor import (
    ActionResult,
    AdoptOffer,
    Evidence,
    Freed,
    HealthCheckView,
    HealthReport,
    LastExit,
    LastStop,
    LimitInForce,
    PortChoice,
    PortContender,
    ProcessName,
    ServiceDetail,
    ServiceList,
    ServicePort,
    ServiceProcess,
    StopOffer,
)
from backend.api.sockets import serve_latest
from backend.center import Center
from backend.services.definitions import describe
from backend.services.definitions import model as definitions
from backend.services.definitions.model import HealthCheck
from backend.services.supervisor.contested import Contender
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.limits import limits_in_force
from backend.services.supervisor.probes import check_of
from backend.services.supervisor.views import ServiceView

router = APIRouter(prefix="/api/services", tags=["services"], route_class=QuickRoute)

ServiceId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$", description="the id in the file")]
Wait = Annotated[
    Literal["running", "healthy"] | None, Query(description="answer only when the service has got this far")
]
Seconds = Annotated[float, Query(gt=0, le=600, description="seconds that the answer may take")]


@router.get("", dependencies=[permission("services:read")], response_model=ServiceList)
async def list_services(center: CenterDep) -> Response:
    """All services with their states and figures; asks neither the system nor the database."""
    return Response(center.supervisor.board.encoded(), media_type="application/json")


@router.websocket("/ws", dependencies=[permission("services:read")])
async def live_services(websocket: WebSocket, center: CenterDep) -> None:
    """One `service_status` message at once, then on any change and every `WS_UPDATE_INTERVAL`."""
    await serve_latest(websocket, center.supervisor.board.live)


@router.get("/{service_id}", dependencies=[permission("services:read")], responses=problems(404, 422))
async def get_service(center: CenterDep, service_id: ServiceId) -> ServiceDetail:
    """One service with its definition, its processes and how it last ended."""
    entry = center.supervisor.entry(service_id)
    return await _detail(center, entry)


@router.get("/{service_id}/status", dependencies=[permission("services:read")], responses=problems(404, 422))
async def get_status(center: CenterDep, service_id: ServiceId) -> ServiceView:
    """The state of one service."""
    return center.supervisor.board.view(center.supervisor.entry(service_id))


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
    entry = await center.supervisor.wishes.start(service_id)
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
    entry = await center.supervisor.wishes.stop(service_id, timeout)
    done = entry.state.status != "stopping"
    response.status_code = 200 if done else 202
    message = f"{entry.spec.name} is stopped." if done else f"{entry.spec.name} is still being stopped."
    if left:
        message += f" Still up and depending on it: {', '.join(left)}."
    return _result(center, entry, message)


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
    entry = await center.supervisor.wishes.restart(service_id, timeout)
    return await _come_of(center, response, entry, wait=wait, timeout=timeout, done="restarted")


@router.get("/{service_id}/health", dependencies=[permission("services:read")], responses=problems(404, 422))
async def get_health(center: CenterDep, service_id: ServiceId) -> HealthReport:
    """How the service is asked whether it is well, and what it has answered lately."""
    entry = center.supervisor.entry(service_id)
    check = check_of(entry.resolved, entry.port or entry.spec.port_number)
    return HealthReport(
        health=entry.state.health,
        check=None if check is None else _check_view(check, center.secrets.hide),
        probes=list(entry.health.probes),
        changes=list(entry.health.changes),
    )


def _check_view(check: HealthCheck, hide: Callable[[str], str]) -> HealthCheckView:
    kinds: list[tuple[Literal["http", "tcp", "command", "log_line"], str | None]] = [
        ("http", check.http),
        ("tcp", None if check.tcp is None else f"port {check.tcp}"),
        ("command", None if check.command is None else " ".join(check.command)),
        ("log_line", None if check.log_line is None else check.log_line.pattern),
    ]
    kind, target = next((kind, target) for kind, target in kinds if target is not None)
    return HealthCheckView(
        kind=kind,
        target=hide(target or ""),
        interval=check.interval,
        timeout=check.timeout,
        failures=check.failures,
        successes=check.successes,
        restart=check.restart,
    )


@router.get("/{service_id}/port", dependencies=[permission("services:read")], responses=problems(404, 409, 422))
async def get_port(center: CenterDep, service_id: ServiceId) -> ServicePort:
    """What is with the service's port, who has it, and whether that one can be stopped or adopted."""
    entry = center.supervisor.entry(service_id)
    report, contenders = await center.supervisor.contested.of(entry)
    return ServicePort(
        port=report.port,
        state=report.state,
        detail=report.detail,
        owners=[_owner(one, center.secrets.hide) for one in contenders],
    )


def _owner(one: Contender, hide: Callable[[str], str]) -> PortContender:
    known = one.suspect
    evidence = () if known is None else known.evidence
    return PortContender(
        pid=one.owner.pid if known is None else known.pid,
        name=one.owner.name if known is None else known.name,
        address=one.owner.address,
        service=one.owner.service,
        command=known and known.command and hide(known.command),
        cwd=known and known.cwd and hide(known.cwd),
        started_at=None if known is None else datetime.fromtimestamp(known.started_at, UTC),
        adopt=AdoptOffer(
            possible=one.may_adopt,
            why=one.why_adopt,
            evidence=[
                Evidence(what=it.what, same=it.same, theirs=it.theirs and hide(it.theirs), ours=hide(it.ours))
                for it in evidence
            ],
        ),
        stop=StopOffer(possible=one.may_stop, why=one.why_stop),
    )


@router.post("/{service_id}/port/free", dependencies=[permission("services:stop")], responses=problems(404, 409, 422))
async def free_port(center: CenterDep, service_id: ServiceId, owner: ProcessName, timeout: Seconds = 30) -> Freed:
    """Stops the process that has the service's port: a service by its own ladder, any other program by being asked to
    end and, after 5 s, by force."""
    entry = center.supervisor.entry(service_id)
    words = await center.supervisor.contested.free(entry, owner.pid, owner.started_at, timeout, "local")
    return Freed(message=center.secrets.hide(words))


@router.post("/{service_id}/adopt", dependencies=[permission("services:start")], responses=problems(404, 409, 422, 503))
async def adopt_owner(center: CenterDep, service_id: ServiceId, owner: ProcessName) -> ActionResult:
    """Takes the process that has the service's port for the service, where it is the same tool: from now on it is
    watched and stopped like one that was started here. What it prints stays where it goes."""
    entry = center.supervisor.entry(service_id)
    adopted = await center.supervisor.contested.adopt(entry, owner.pid, owner.started_at, "local")
    return _result(center, adopted, f"{adopted.spec.name} is adopted.")


async def _come_of(
    center: Center, response: Response, entry: Entry, *, wait: str | None, timeout: float, done: str
) -> ActionResult:
    there = entry.state.pid is not None and entry.state.status in {"starting", "running"}
    if wait is not None:
        there = await center.supervisor.wishes.until(entry, wait, timeout)
    response.status_code = 200 if there else 202
    if there:
        return _result(center, entry, f"{entry.spec.name} is {done}.")
    return _result(
        center, entry, f"{entry.spec.name} is {entry.state.status}: {entry.state.reason or 'not there yet'}."
    )


def _result(center: Center, entry: Entry, message: str) -> ActionResult:
    state = entry.state
    return ActionResult(
        id=entry.spec.id,
        status=state.status,
        pid=state.pid,
        reason=state.reason,
        message=center.secrets.hide(message),
    )


async def _detail(center: Center, entry: Entry) -> ServiceDetail:
    view = center.supervisor.board.view(entry)
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
        health_check=definition["health"],
        limits=definition["limits"],
        limits_in_force=[
            LimitInForce(limit=one.limit, value=one.value, by=one.by, enforced=one.enforced)
            for one in limits_in_force(entry.tree)
        ],
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
            at=last.exit.at, last_lines=await last.last_lines(center.secrets.hide),
        ),
        last_stop=None
        if entry.last_stop is None
        else LastStop(
            rung=entry.last_stop.receipt.rung, seconds=round(entry.last_stop.receipt.seconds, 4), at=entry.last_stop.at
        ),
        port_choice=PortChoice(base=choice.base, auto=choice.auto)
        if isinstance(choice := entry.spec.port, definitions.PortChoice)
        else None,
        dependants=center.supervisor.up_dependants(entry.spec.id),
    )  # fmt: skip
