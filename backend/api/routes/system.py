"""The machine: live figures, processes, what it is."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response, WebSocket
from pydantic import StringConstraints

from backend import __version__
from backend.api.charts import all_encoded, encoded
from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.system import (
    CenterStats,
    ChartList,
    ChartView,
    GpuView,
    ModuleTotals,
    ProcessList,
    RunTotals,
    SeriesView,
    SystemInfo,
    SystemStats,
)
from backend.api.sockets import serve_latest
from backend.api.times import AnyTime
from backend.services.system import Sort
from backend.services.system.history.charts import InvalidSpan, Span

router = APIRouter(prefix="/api/system", tags=["system"])

MOST_POINTS = 20_000


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


@router.get("/gpus", dependencies=[permission("system:read")])
async def list_gpus(center: CenterDep) -> list[GpuView]:
    """Those of the machine, with whose processes are on them; none where it has none, or its driver is away."""
    return [GpuView.model_validate(gpu) for gpu in center.system.gpus()]


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


async def _span(
    center: CenterDep,
    since: Annotated[AnyTime | None, Query(alias="from", description="ISO 8601 with its zone")] = None,
    until: Annotated[AnyTime | None, Query(alias="to", description="ISO 8601 with its zone")] = None,
    points: Annotated[int, Query(ge=1, le=2000, description="at most so many are answered")] = 300,
) -> Span:
    """The hour up to `to`, where `from` is not given."""
    end = until or center.clock.now()
    try:
        begin = since or end - timedelta(hours=1)
    except OverflowError as error:
        raise InvalidSpan("There is no hour before `to`.") from error
    if begin >= end:
        raise InvalidSpan("`from` is not before `to`.")
    return Span(begin, end, points)


Wanted = Annotated[Span, Depends(_span)]
Metric = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_CHARTS = problems(404, 422, 503)


@router.get("/history", dependencies=[permission("system:read")], responses=_CHARTS, response_model=ChartView)
async def read_history(center: CenterDep, metric: Metric, wanted: Wanted) -> Response:
    """The past of one series. Each point has the least and the most of all samples behind it: no spike is lost, however
    long the time. A machine that slept or was off has no points then."""
    (chart,) = await center.history.charts([metric], wanted)
    return Response(encoded(chart), media_type="application/json")


@router.get("/history/series", dependencies=[permission("system:read")], responses=_CHARTS, response_model=ChartList)
async def read_histories(
    center: CenterDep, metric: Annotated[list[Metric], Query(min_length=1, max_length=50)], wanted: Wanted
) -> Response:
    """The past of several series at once, of together at most 20,000 points."""
    if len(metric) * wanted.points > MOST_POINTS:
        raise InvalidSpan(f"{len(metric)} series of {wanted.points} points are more than {MOST_POINTS:,} points.")
    charts = await center.history.charts(metric, wanted)
    return Response(await asyncio.to_thread(all_encoded, charts), media_type="application/json")


@router.get("/series", dependencies=[permission("system:read")], responses=problems(503))
async def list_series(center: CenterDep) -> list[SeriesView]:
    """Which series there are, by their names; those of services that are no more as long as they are kept."""
    return [SeriesView.model_validate(known) for known in await center.history.series()]


@router.websocket("/ws", dependencies=[permission("system:read")])
async def follow_stats(websocket: WebSocket, center: CenterDep) -> None:
    """One `system_stats` message at once and then every `WS_UPDATE_INTERVAL`; slow clients get fewer."""
    await serve_latest(websocket, center.system.samples)
