"""Who is told what happened, and what became of the messages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.notifications import DeliveryPage, DeliveryView, TargetList, TargetView, Tried
from backend.services.notifications.model import State

router = APIRouter(prefix="/api/notifications", tags=["notifications"])


@router.get("/targets", dependencies=[permission("notifications:read")], responses=problems(503))
async def list_targets(center: CenterDep) -> TargetList:
    """Those of the configuration, in its order, with what waits for them."""
    standings = await center.notifier.standings()
    return TargetList(targets=[TargetView.of(one) for one in standings], dropped=center.notifier.dropped)


@router.post("/targets/{name}/test", dependencies=[permission("notifications:test")], responses=problems(404, 503))
async def test_target(center: CenterDep, name: str) -> Tried:
    """Sends a message now, whatever holds others back; answered when it is known what became of it."""
    tried = await center.notifier.test(name)
    return Tried(
        delivered=tried.error is None, error=tried.error, seconds=round(tried.seconds, 3), delivery=tried.delivery
    )


@router.get("/deliveries", dependencies=[permission("notifications:read")], responses=problems(422, 503))
async def list_deliveries(
    *,
    center: CenterDep,
    target: Annotated[str | None, Query(max_length=100)] = None,
    state: State | None = None,
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> DeliveryPage:
    """Messages, the newest first: those that wait, and what became of the others."""
    found = await center.notifier.deliveries(before=before, target=target, state=state, limit=limit + 1)
    more, found = len(found) > limit, found[:limit]
    return DeliveryPage(deliveries=[DeliveryView.of(row) for row in found], next=found[-1].id if more else None)


@router.post(
    "/deliveries/{delivery}/retry", dependencies=[permission("notifications:retry")], responses=problems(404, 409, 503)
)
async def retry_delivery(center: CenterDep, delivery: int) -> DeliveryView:
    """Has a message sent now that waits, was given up or dropped; answered when it is known what became of it, or at
    once where it was on its way already."""
    return DeliveryView.of(await center.notifier.retry(delivery))
