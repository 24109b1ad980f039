"""Reading events, stored and still waiting, as one sequence without gap or repetition."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from backend.core.errors import NotFound
from backend.core.events import Event
from backend.database.database import Database
from backend.database.journal import Journal
from backend.database.repositories import events as table
from backend.database.repositories.events import Filter

BACKFILL_BATCH = 500


@dataclass(frozen=True, slots=True)
class Told:
    event: Event
    stored: bool


@dataclass(frozen=True, slots=True)
class Page:
    """`next` is the `before` of the following page, or its `since` where `since` was given; None at the end. A page
    with a `next` may have fewer events than were asked for, where they lie far apart."""

    events: list[Told]
    next: int | None


@dataclass(frozen=True, slots=True)
class Live:
    """All up to `seq` has been given; from here on events come as they are told."""

    seq: int


async def page(database: Database, journal: Journal, wanted: Filter, limit: int) -> Page:
    """Up to `limit` events: the newest first, or, after `wanted.since`, the oldest first."""
    newest_first = wanted.since is None
    waiting = [event for event in journal.pending() if wanted.fits(event)]
    async with database.read() as session:
        stored = await table.page(session, wanted, limit=limit + 1, newest_first=newest_first)
    found = {event.seq: Told(event, False) for event in waiting} | {
        event.seq: Told(event, True) for event in stored.events
    }
    order = sorted(found, reverse=newest_first)
    if len(order) > limit:
        return Page([found[seq] for seq in order[:limit]], order[limit - 1])
    if stored.edge is None:
        return Page([found[seq] for seq in order], None)
    if newest_first:
        return Page([found[seq] for seq in order], stored.edge + 1)
    return Page([found[seq] for seq in order if seq < stored.edge], stored.edge - 1)


class UnknownEvent(NotFound):
    code, title = "event_not_found", "No such event"


async def find(database: Database, journal: Journal, event_id: str) -> Told:
    """The event with that id. Raises `UnknownEvent` where there is none, or none any more."""
    waiting = next((event for event in journal.pending() if event.id == event_id), None)
    if waiting is not None:
        return Told(waiting, False)
    async with database.read() as session:
        stored = await table.by_id(session, event_id)
    if stored is None:
        raise UnknownEvent(f"There is no event {event_id}, or it is no longer kept.")
    return Told(stored, True)


async def kinds(database: Database, journal: Journal) -> dict[str, str]:
    """Each type of event there is, with its area, in the order of types."""
    async with database.read() as session:
        stored = await table.kinds(session)
    waiting = [(event.fact.type, event.fact.area) for event in journal.pending()]
    return dict(sorted([*stored, *waiting]))


async def follow(database: Database, journal: Journal, since: int | None) -> AsyncGenerator[Told | Live, None]:
    """What was told after `since` (None: nothing of the past), then `Live`, then each event as it is told.

    Raises `backend.core.bus.Overrun` when the reader is too slow, `DatabaseUnavailable` when the past cannot be read.
    Close the generator when done with it: it holds a subscription.
    """
    with journal.bus.subscribe() as live:
        upto = journal.last_seq
        waiting = journal.pending()
        last = upto if since is None else min(since, upto)
        while stored := await _stored(database, last, upto):
            for event in stored:
                yield Told(event, True)
            last = stored[-1].seq
        for event in waiting:
            if event.seq > last:
                yield Told(event, event.seq <= journal.stored_seq)
                last = event.seq
        yield Live(upto)
        while True:
            for event in await live.take():
                if event.seq > last:
                    yield Told(event, event.seq <= journal.stored_seq)
                    last = event.seq


async def _stored(database: Database, since: int, upto: int) -> list[Event]:
    wanted = Filter(since=since, before=upto + 1)
    async with database.read() as session:
        return (await table.page(session, wanted, limit=BACKFILL_BATCH, newest_first=False)).events
