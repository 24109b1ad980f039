"""The machine: live figures, processes, what it is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket

from backend import __version__
from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.system import CenterStats, ModuleTotals, ProcessList, RunTotals, SystemInfo, SystemStats
from backend.api.sockets import serve_latest
from backend.services.system import Sort

router = APIRouter(prefix="/api/system", tags=["system"])


@router.get("/stats", dependencies=[permission("system:read")], responses=problems(503))
async def read_stats(center: CenterDep) -> CenterStats:
    """Figures of now, those of the machine at most one `WS_UPDATE_INTERVAL` old."""
    machine = SystemStats.model_validate(await center.system.stats())
    modules, busy = center.catalogue.modules, center.runs.busy()
    active = sum(module_id in busy for module_id in modules)
    return CenterStats.of(
        machine,
        RunTotals.model_validate(center.runs.totals()),
        ModuleTotals(total=len(modules), active=active, idle=len(modules) - active),
        center.clock.now() - center.started_at,
    )


@router.get("/processes", dependencies=[permission("system:read")], responses=problems(422))
async def list_processes(
    center: CenterDep, limit: Annotated[int, Query(ge=1, le=1000)] = 50, sort: Sort = "cpu"
) -> ProcessList:
    """The processes that use most processor or memory, most first. The first call takes 0.2 s more."""
    return ProcessList.model_validate(await center.system.processes(limit, sort))


@router.get("/info", dependencies=[permission("system:read")])
async def read_info(center: CenterDep) -> SystemInfo:
    """What the machine is."""
    machine = await center.system.info()
    return SystemInfo(**asdict(machine), uptime=machine.uptime, app_version=__version__)


@router.websocket("/ws", dependencies=[permission("system:read")])
async def follow_stats(websocket: WebSocket, center: CenterDep) -> None:
    """One `system_stats` message at once and then every `WS_UPDATE_INTERVAL`; slow clients get fewer."""
    await serve_latest(websocket, center.system.samples)
