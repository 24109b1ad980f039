"""What happened: crashes of services, one moment as a whole, and the bundle for a report of a fault."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import IO, Annotated

from fastapi import APIRouter, Body, Query
from fastapi.responses import StreamingResponse

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.routes.supervisor import ServiceId
from backend.api.schemas.incidents import BundleAsked, BundlePreview, Crash, CrashPage, Group, MomentView
from backend.api.times import GivenTime
from backend.services.incidents.cards import Page
from backend.services.incidents.moment import InvalidMoment

router = APIRouter(prefix="/api", tags=["incidents"])

Before = Annotated[int | None, Query(ge=0, le=2**53, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=100)]
LONGEST_WINDOW = 3600  # seconds
BLOCK = 1 << 18  # bytes of a bundle that are sent at once


@router.get(
    "/services/{service_id}/crashes", dependencies=[permission("incidents:read")], responses=problems(404, 422, 503)
)
async def list_crashes_of_service(
    center: CenterDep, service_id: ServiceId, before: Before = None, limit: Limit = 20
) -> CrashPage:
    """Ends of this service that nobody wanted, the newest first: each with its last lines, and what was then."""
    found = await center.incidents.cards.page(service_id, before=before, limit=limit)
    if not found.total:
        center.supervisor.entry(service_id)  # one that has gone may still have crashes
    return _page(found)


@router.get("/incidents/crashes", dependencies=[permission("incidents:read")], responses=problems(422, 503))
async def list_crashes(
    center: CenterDep,
    before: Before = None,
    limit: Limit = 20,
    group: Annotated[Group | None, Query(description="`fingerprint`: the newest of each alone")] = None,
) -> CrashPage:
    """Those of all services, the newest first."""
    return _page(await center.incidents.cards.page(before=before, limit=limit, grouped=group is not None))


@router.get("/moment", dependencies=[permission("incidents:read")], responses=problems(422, 503))
async def get_moment(
    center: CenterDep,
    at: Annotated[GivenTime, Query(description="with its zone")],
    window: Annotated[
        str, Query(pattern=r"^\d{1,5}(s|m|h)?$", description="how far from it lines and events may be: `60s`, `5m`")
    ] = "60s",
) -> MomentView:
    """All that is known of one moment: states, runs, figures, lines, events and alerts of then."""
    seconds = int(window.rstrip("smh")) * {"m": 60, "h": 3600}.get(window[-1], 1)
    if seconds > LONGEST_WINDOW:
        raise InvalidMoment(f"`window` is {window}; give at most 1h.")
    return MomentView.of(await center.incidents.moments.at(at, timedelta(seconds=seconds)))


@router.post(
    "/incidents",
    dependencies=[permission("incidents:bundle")],
    response_model=BundlePreview,
    responses={
        200: {"content": {"application/zip": {}}, "description": "The bundle, or with `dry_run` what it would hold."},
        **problems(404, 422, 503, 507),
    },
)
async def make_bundle(
    center: CenterDep,
    wanted: Annotated[BundleAsked, Body(default_factory=BundleAsked)],
    dry_run: Annotated[bool, Query(description="only say what it would hold, and what would be struck out")] = False,
) -> BundlePreview | StreamingResponse:
    """A zip file for a report of a fault: what is known of that time, without secrets. Look at the dry run first."""
    for service in wanted.services:
        center.supervisor.entry(service)
    asked = wanted.asked()
    if dry_run:
        return BundlePreview.of(await center.incidents.bundles.preview(asked))
    file, size = await center.incidents.bundles.write(asked)
    name = f"incident-{asked.at or center.clock.now():%Y-%m-%dT%H-%M}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size)}
    return StreamingResponse(_sent(file), media_type="application/zip", headers=headers)


async def _sent(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while block := await asyncio.to_thread(file.read, BLOCK):
            yield block


def _page(found: Page) -> CrashPage:
    crashes = [Crash.of(row, found.last) for row in found.rows]
    return CrashPage(crashes=crashes, total=found.total, next=found.next)
