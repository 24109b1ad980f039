"""What paid APIs were used for, and what that cost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from backend.api.cursor import before, cursor
from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.usage import (
    BudgetList,
    BudgetView,
    ByModel,
    ByService,
    CallPage,
    CallView,
    DayFigures,
    Flag,
    History,
    ListedCall,
    ModelFigures,
    ServiceFigures,
    Summary,
    UsageReport,
    figures,
)
from backend.core.errors import NotFound
from backend.database.repositories.usage import Sums, Which, WhichCalls
from backend.services.usage.errors import InvalidUsage
from backend.services.usage.export import csv_parts
from backend.services.usage.model import Owner

router = APIRouter(prefix="/api/usage", tags=["usage"])

MOST_DAYS = 3660
Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="up to today, where `since` is not given")]
Day = Annotated[date | None, Query(description="a day of UTC, included")]
Name = Annotated[str | None, Query(max_length=200)]


async def _which(
    *,
    center: CenterDep,
    days: Days = 30,
    since: Day = None,
    until: Day = None,
    service: Name = None,
    provider: Name = None,
    model: Name = None,
) -> Which:
    """The calls that a question is about."""
    last = until or center.ledger.today
    first = since or last - timedelta(days=days - 1)
    if first > last:
        raise InvalidUsage("`since` is later than `until`.")
    if (last - first).days >= MOST_DAYS:
        raise InvalidUsage(f"These are more than {MOST_DAYS} days: ask for less at once.")
    return Which(first, last, service, provider, model)


Wanted = Annotated[Which, Depends(_which)]


@router.post("", status_code=201, dependencies=[permission("usage:report")], responses=problems(422, 503))
async def report_usage(center: CenterDep, body: UsageReport) -> CallView:
    """Tells of one call. With `run_id` and no `service` it counts for the module of that run."""
    service = body.service
    if service is None and body.run_id is not None:
        with suppress(NotFound):  # a run of elsewhere
            service = (await center.runs.get(body.run_id)).module_id
    owner = Owner(service, body.run_id)
    return CallView.of_record(await center.ledger.report(body.call(owner, center.clock.now())))


@router.get("/summary", dependencies=[permission("usage:read")], responses=problems(422, 503))
async def usage_summary(center: CenterDep, which: Wanted) -> Summary:
    """What all of it came to."""
    (sums,) = await center.ledger.sums(which)
    return Summary(since=which.since, until=which.until, **figures(sums))


@router.get("/history", dependencies=[permission("usage:read")], responses=problems(422, 503))
async def usage_history(center: CenterDep, which: Wanted) -> History:
    """Day by day."""
    found = {one.key["date"]: one for one in await center.ledger.sums(which, ("date",))}
    days = [which.since + timedelta(days=number) for number in range((which.until - which.since).days + 1)]
    return History(days=[DayFigures(date=day, **figures(found.get(day, _NOTHING))) for day in days])


@router.get("/by-model", dependencies=[permission("usage:read")], responses=problems(422, 503))
async def usage_by_model(center: CenterDep, which: Wanted) -> ByModel:
    found = sorted(await center.ledger.sums(which, ("provider", "model")), key=_dearest)
    return ByModel(
        models=[
            ModelFigures(provider=one.key["provider"], model=one.key["model"] or None, **figures(one)) for one in found
        ]
    )


@router.get("/by-service", dependencies=[permission("usage:read")], responses=problems(422, 503))
async def usage_by_service(center: CenterDep, which: Wanted) -> ByService:
    found = sorted(await center.ledger.sums(which, ("service",)), key=_dearest)
    return ByService(services=[ServiceFigures(service=one.key["service"] or None, **figures(one)) for one in found])


@router.get("/budgets", dependencies=[permission("usage:read")])
async def usage_budgets(center: CenterDep) -> BudgetList:
    """Those of the configuration, with what is spent of them."""
    return BudgetList(budgets=[BudgetView.of(one) for one in center.ledger.standings()])


@router.get("/calls", dependencies=[permission("usage:read")], responses=problems(422, 503))
async def usage_calls(
    center: CenterDep,
    which: Wanted,
    flag: Flag | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    place: Annotated[str | None, Query(alias="cursor", max_length=100)] = None,
) -> CallPage:
    """Single calls, the newest first; `flag` leaves those that need a look."""
    found = await center.ledger.calls(_calls(which, flag, before(place)), limit + 1)
    more, found = len(found) > limit, found[:limit]
    return CallPage(
        calls=[ListedCall.of_row(row) for row in found], cursor=cursor(found[-1].id if more else None)
    )  # fmt: skip


@router.get(
    "/calls.csv",
    dependencies=[permission("usage:read")],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}}, **problems(422, 503)},
)
async def usage_csv(center: CenterDep, which: Wanted, flag: Flag | None = None) -> StreamingResponse:
    """The same calls, all of them, as a table for a spreadsheet."""
    parts = csv_parts(center.ledger.every_call(_calls(which, flag, None)))
    first = await anext(parts)  # what keeps the database from answering is told as a problem

    async def whole() -> AsyncIterator[str]:
        yield first
        async for part in parts:
            yield part

    name = f"usage-{which.since}-{which.until}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(whole(), media_type="text/csv; charset=utf-8", headers=headers)


def _calls(which: Which, flag: Flag | None, place: int | None) -> WhichCalls:
    return WhichCalls(which.since, which.until, place, which.service, which.provider, which.model, flag)


def _dearest(one: Sums) -> tuple[float, int]:
    return -(one.cost or 0.0), -one.calls


_NOTHING = Sums({}, 0, 0, 0, 0, 0, 0.0, 0, 0, 0)
