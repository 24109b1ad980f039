"""The history of jobs of every kind."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BeforeValidator

from backend.api.cursor import before, cursor
from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.jobs import JobList, JobView
from backend.database.repositories.jobs import Filter
from backend.services.runs.happenings import Status

router = APIRouter(prefix="/api/jobs", tags=["jobs"])

Given = BeforeValidator(lambda text: text or None)  # forms send `status=` where nothing was chosen

Limit = Annotated[int, Query(ge=1, le=100)]
Offset = Annotated[int, Query(ge=0, le=2**53, description="how many to pass over; `cursor` is quicker in the depth")]
Cursor = Annotated[str | None, Query(max_length=100, description="`cursor` of the page before"), Given]
StatusFilter = Annotated[Status | None, Query(), Given]
Text = Annotated[str | None, Query(max_length=200), Given]


@router.get("", dependencies=[permission("jobs:read")], responses=problems(422, 503))
async def list_jobs(
    *,
    center: CenterDep,
    kind: Annotated[str | None, Query(alias="type", max_length=100), Given] = None,
    subject: Text = None,
    status: StatusFilter = None,
    limit: Limit = 50,
    offset: Offset = 0,
    place: Annotated[Cursor, Query(alias="cursor")] = None,
) -> JobList:
    """The newest first; what is given must be equal."""
    await center.runs.stored()
    found = await center.jobs.page(Filter(kind, subject, status, before(place)), limit=limit + 1, offset=offset)
    more, found = len(found) > limit, found[:limit]
    return JobList(
        jobs=[JobView.model_validate(row) for row in found],
        total=center.jobs.count(kind, subject, status),
        limit=limit,
        offset=offset,
        cursor=cursor(found[-1].id if more else None),
    )
