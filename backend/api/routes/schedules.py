"""Schedules: runs that nobody asks for by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.routes.runs import run_answer
from backend.api.schemas.runs import RunAnswer
from backend.api.schemas.schedules import CalendarView, ScheduleList, ScheduleRequest, ScheduleView

router = APIRouter(prefix="/api/schedules", tags=["schedules"])

ScheduleId = Annotated[int, Path(ge=1, le=2**53, description="the number of a schedule")]
_AHEAD = timedelta(days=7)


@router.get("", dependencies=[permission("schedules:read")], responses=problems(503))
async def list_schedules(center: CenterDep) -> ScheduleList:
    """All of them: those that modules declare, and those made here."""
    found = await center.schedules.list()
    return ScheduleList(schedules=[ScheduleView.of(one) for one in found], total=len(found))


@router.post(
    "", status_code=201, dependencies=[permission("schedules:change")], responses=problems(404, 422, 503)
)  # fmt: skip
async def add_schedule(center: CenterDep, body: ScheduleRequest) -> ScheduleView:
    """A schedule, whose first time is counted from now. All that is wrong is told at once."""
    return ScheduleView.of(await center.schedules.add(body.wish(), paused=body.paused))


@router.get("/calendar", dependencies=[permission("schedules:read")], responses=problems(422, 503))
async def schedule_calendar(
    center: CenterDep,
    begin: Annotated[AwareDatetime | None, Query(alias="from", description="now, where it is left out")] = None,
    end: Annotated[AwareDatetime | None, Query(alias="to", description="7 days later, where it is left out")] = None,
) -> CalendarView:
    """The times that come from `from` to before `to`, which have a zone: `2026-11-21T06:00:00Z`."""
    first: datetime = begin or center.clock.now()
    return CalendarView.model_validate(await center.schedules.calendar(first, end or first + _AHEAD))


@router.get("/{schedule_id}", dependencies=[permission("schedules:read")], responses=problems(404, 422, 503))
async def get_schedule(center: CenterDep, schedule_id: ScheduleId) -> ScheduleView:
    return ScheduleView.of(await center.schedules.get(schedule_id))


@router.put("/{schedule_id}", dependencies=[permission("schedules:change")], responses=problems(404, 409, 422, 503))
async def replace_schedule(center: CenterDep, schedule_id: ScheduleId, body: ScheduleRequest) -> ScheduleView:
    """The same schedule, as it is told here. Its times begin anew where its rule is another one; whether it is paused
    stays. One that a module declares is changed where it is declared."""
    return ScheduleView.of(await center.schedules.replace(schedule_id, body.wish()))


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
    return ScheduleView.of(await center.schedules.pause(schedule_id))


@router.post("/{schedule_id}/resume", dependencies=[permission("schedules:change")], responses=problems(404, 422, 503))
async def resume_schedule(center: CenterDep, schedule_id: ScheduleId) -> ScheduleView:
    """What came meanwhile is not made up for."""
    return ScheduleView.of(await center.schedules.resume(schedule_id))


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
