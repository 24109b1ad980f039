"""What happened: a page at a time, or as it is told."""

from __future__ import annotations

from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Path, Query, WebSocket
from pydantic import BeforeValidator, Field

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.events import EventPage, EventType, EventTypes, EventView, message
from backend.api.sockets import TRY_AGAIN, ignore_frames, serve
from backend.api.times import GivenTime
from backend.core.bus import Overrun
from backend.database.engine import DatabaseUnavailable
from backend.database.history import find, follow, kinds, page
from backend.database.repositories.events import Filter

router = APIRouter(prefix="/api/events", tags=["events"])

Given = BeforeValidator(lambda text: text or None)  # forms send `actor=` where nothing was chosen
AtLeastOne = BeforeValidator(lambda texts: [text for text in texts if text])

Text = Annotated[str | None, Query(max_length=200), Given]
Texts = Annotated[list[Annotated[str, Field(max_length=200)]], Query(max_length=20), AtLeastOne]
Moment = Annotated[GivenTime | None, Query(), Given]
EventId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Place = Annotated[int | None, Query(ge=0, le=2**53)]


@router.get("", dependencies=[permission("events:read")], responses=problems(422, 503))
async def list_events(
    *,
    center: CenterDep,
    area: Texts = [],  # noqa: B006  # FastAPI copies it
    kind: Annotated[Texts, Query(alias="type")] = [],  # noqa: B006
    subject: Text = None,
    actor: Text = None,
    cause: Annotated[Text, Query(description="the `id` of the event that led to them")] = None,
    text: Annotated[Text, Query(alias="q", description="part of the type or of the subject")] = None,
    start: Annotated[Moment, Query(alias="from", description="told then or later; with its zone")] = None,
    end: Annotated[Moment, Query(alias="to", description="told before; with its zone")] = None,
    since: Place = None,
    before: Place = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> EventPage:
    """The newest first; with `since`, the oldest after it first. Both bounds are exclusive.

    `area` and `type` may be given several times, for any of them; what is given besides must be so too: a service and a
    module can have one id, so name the `area` with the `subject`. Events that the database has not taken yet are among
    them, marked `stored: false`. Where what is asked for lies far apart, a page may have few events, or none, and yet a
    `next`.
    """
    wanted = Filter(tuple(area), tuple(kind), subject, actor, cause, text, start, end, since, before)
    found = await page(center.database, center.journal, wanted, limit)
    return EventPage(events=[EventView.of(told) for told in found.events], next=found.next)


@router.get("/types", dependencies=[permission("events:read")], responses=problems(503))
async def list_event_types(center: CenterDep) -> EventTypes:
    """Each type of event that there is in the journal, for whoever offers a choice of them."""
    found = await kinds(center.database, center.journal)
    return EventTypes(types=[EventType(type=one, area=area) for one, area in found.items()])


@router.get("/{event_id}", dependencies=[permission("events:read")], responses=problems(404, 422, 503))
async def get_event(center: CenterDep, event_id: EventId) -> EventView:
    """One event by its `id`, e.g. the `cause` of another. Old ones are forgotten as `retention` says."""
    return EventView.of(await find(center.database, center.journal, event_id))


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
