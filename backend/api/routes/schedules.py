"""Schedules: runs that nobody asks for by hand."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.routes.runs import run_answer
from backend.api.schemas.runs import RunAnswer
from backend.api.schemas.schedules import CalendarView, ScheduleList, SchedulePreview, ScheduleRequest, ScheduleView
from backend.center import Center
from backend.services.schedules.model import Schedule

router = APIRouter(prefix="/api/schedules", tags=["schedules"])

ScheduleId = Annotated[int, Path(ge=1, le=2**53, description="the number of a schedule")]


@router.get("", dependencies=[permission("schedules:read")], responses=problems(503))
async def list_schedules(center: CenterDep) -> ScheduleList:
    """All of them: those that modules declare, and those made here."""
    found = await center.schedules.list()
    outcomes = await center.schedules.outcomes(found)
    views = [ScheduleView.of(one, outcomes) for one in found]
    return ScheduleList(schedules=views, total=len(views), local_zone=center.schedules.local_zone)


@router.post(
    "", status_code=201, dependencies=[permission("schedules:change")], responses=problems(404, 422, 503)
)  # fmt: skip
async def add_schedule(center: CenterDep, body: ScheduleRequest) -> ScheduleView:
    """A schedule, whose first time is counted from now. All that is wrong is told at once."""
    return await _view(center, await center.schedules.add(body.wish(), paused=body.paused))


@router.post("/preview", dependencies=[permission("schedules:read")], responses=problems(404, 422, 503))
async def preview_schedule(
    center: CenterDep,
    body: ScheduleRequest,
    instead_of: Annotated[int | None, Query(ge=1, le=2**53, description="the schedule that it would replace")] = None,
) -> SchedulePreview:
    """The next times of what is asked for, and all that is wrong with it. Nothing is made."""
    return SchedulePreview.of(await center.schedules.preview(body.wish(), instead_of))


@router.get("/calendar", dependencies=[permission("schedules:read")], responses=problems(422, 503))
async def schedule_calendar(
    center: CenterDep,
    begin: Annotated[
        date | None, Query(alias="from", ge=date(1970, 1, 1), le=date(2999, 1, 1), description="today, if left out")
    ] = None,
    days: Annotated[int, Query(ge=1, le=62)] = 7,
    zone: Annotated[str | None, Query(max_length=100, description="whose days; else the machine's")] = None,
) -> CalendarView:
    """Day by day what ran without anybody asking, what did not, and what comes."""
    found = await center.schedules.calendar(begin, days, zone)
    return CalendarView.of(zone or center.schedules.local_zone, found)


@router.get("/{schedule_id}", dependencies=[permission("schedules:read")], responses=problems(404, 422, 503))
async def get_schedule(center: CenterDep, schedule_id: ScheduleId) -> ScheduleView:
    return await _view(center, await center.schedules.get(schedule_id))


@router.put("/{schedule_id}", dependencies=[permission("schedules:change")], responses=problems(404, 409, 422, 503))
async def replace_schedule(center: CenterDep, schedule_id: ScheduleId, body: ScheduleRequest) -> ScheduleView:
    """The same schedule, as it is told here. Its times begin anew where its rule is another one; whether it is paused
    stays. One that a module declares is changed where it is declared."""
    return await _view(center, await center.schedules.replace(schedule_id, body.wish()))


@router.delete(
    "/{schedule_id}",
    status_code=204,
    dependencies=[permission("schedules:change")],
    responses=problems(404, 409, 422, 503),
)
async def remove_schedule(center: CenterDep, schedule_id: ScheduleId) -> None:
    """Its runs stay, also the one that goes."""
    await center.schedules.remove(schedule_id)


@router.post("/{schedule_id}/pause", dependencies=[permission("schedules:change")], responses=problems(404, 422, 503))
async def pause_schedule(center: CenterDep, schedule_id: ScheduleId) -> ScheduleView:
    """Until it is resumed it is run for nothing."""
    return await _view(center, await center.schedules.pause(schedule_id))


@router.post("/{schedule_id}/resume", dependencies=[permission("schedules:change")], responses=problems(404, 422, 503))
async def resume_schedule(center: CenterDep, schedule_id: ScheduleId) -> ScheduleView:
    """What came meanwhile is not made up for."""
    return await _view(center, await center.schedules.resume(schedule_id))


@router.post(
    "/{schedule_id}/run",
    status_code=202,
    dependencies=[permission("schedules:run")],
    responses=problems(404, 409, 422, 503),
    response_model=RunAnswer,
)
async def run_schedule(center: CenterDep, schedule_id: ScheduleId) -> Response:
    """Asks for its run now, beside its times."""
    return run_answer(await center.schedules.run(schedule_id), 202)


async def _view(center: Center, one: Schedule) -> ScheduleView:
    return ScheduleView.of(one, await center.schedules.outcomes([one]))
