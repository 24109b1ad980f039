"""What happened: a page at a time, or as it is told."""

from __future__ import annotations

from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.events import EventPage, EventView, message
from backend.api.sockets import TRY_AGAIN, ignore_frames, serve
from backend.core.bus import Overrun
from backend.database.engine import DatabaseUnavailable
from backend.database.history import follow, page
from backend.database.repositories.events import Filter

router = APIRouter(prefix="/api/events", tags=["events"])

Text = Annotated[str | None, Query(max_length=200)]
Place = Annotated[int | None, Query(ge=0, le=2**53)]


@router.get("", dependencies=[permission("events:read")], responses=problems(422, 503))
async def list_events(
    *,
    center: CenterDep,
    area: Text = None,
    kind: Annotated[str | None, Query(alias="type", max_length=200)] = None,
    subject: Text = None,
    since: Place = None,
    before: Place = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> EventPage:
    """The newest first; with `since`, the oldest after it first. Both bounds are exclusive.

    Events that the database has not taken yet are among them, marked `stored: false`.
    """
    wanted = Filter(area=area, type=kind, subject=subject, since=since, before=before)
    found = await page(center.database, center.journal, wanted, limit)
    return EventPage(events=[EventView.of(told) for told in found.events], next=found.next)


@router.websocket("/ws", dependencies=[permission("events:read")])
async def live_events(websocket: WebSocket, center: CenterDep, since: Place = None) -> None:
    """Events after `since` (none of the past without it), then a `live` message, then each event as it is told.

    A client that falls too far behind is closed with 1013 and resumes with `since=` the last `seq` that it got.
    """
    await websocket.accept()
    await serve(websocket, _tell(websocket, center, since), ignore_frames(websocket))


async def _tell(websocket: WebSocket, center: CenterDep, since: int | None) -> None:
    try:
        async with aclosing(follow(center.database, center.journal, since)) as news:
            async for one in news:
                await websocket.send_text(message(one))
    except Overrun:
        await websocket.close(TRY_AGAIN, "too slow; resume with since= the last seq")
    except DatabaseUnavailable as error:
        await websocket.close(TRY_AGAIN, f"the past cannot be read: {error.reason}")
