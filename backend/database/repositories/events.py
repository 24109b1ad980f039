"""Events as they are stored: append, page by `seq`, forget the old."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, Table, case, delete, func, insert, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from backend.core.events import Event, Fact
from backend.database.engine import has_within
from backend.database.tables.events import EventRow

LOOKED_AT = 10_000  # events that a page may cost where no index answers by itself
MANY = 8  # alternatives; more are one search from a time on, put in order afterwards: each select takes time to be made

Condition = ColumnElement[bool]
Column = InstrumentedAttribute[Any]
_TABLE = cast(Table, EventRow.__table__)
_EVENTS = select(*_TABLE.columns)  # made once: naming the columns takes longer than all that is put to it


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events. `areas` and `types` are alternatives each, empty where any will do; `cause` is the id of the event
    that led to them; `text` is part of the type or of the subject, ASCII letters in either case. `start` (inclusive)
    and `end` are times, `since` and `before` exclusive bounds of `seq`."""

    areas: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    subject: str | None = None
    actor: str | None = None
    cause: str | None = None
    text: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    since: int | None = None
    before: int | None = None

    def fits(self, event: Event) -> bool:
        fact = event.fact
        return (
            (not self.areas or fact.area in self.areas)
            and (not self.types or fact.type in self.types)
            and self.subject in (None, fact.subject)
            and self.actor in (None, fact.actor)
            and self.cause in (None, fact.cause)
            and (self.text is None or any(_within(self.text, one) for one in (fact.type, fact.subject or "")))
            and (self.start is None or event.at >= self.start)
            and (self.end is None or event.at < self.end)
            and (self.since is None or event.seq > self.since)
            and (self.before is None or event.seq < self.before)
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """`edge` is the first place that was not looked at, where looking ended before the end of the table."""

    events: list[Event]
    edge: int | None


def _within(part: str, text: str) -> bool:
    return part.encode().lower() in text.encode().lower()


async def append(session: AsyncSession, events: Sequence[Event]) -> None:
    """Store `events` in one statement."""
    await (await session.connection()).execute(insert(_TABLE), [_row(event) for event in events])


async def page(session: AsyncSession, wanted: Filter, *, limit: int, newest_first: bool) -> Stretch:
    """Up to `limit` events in the order of `seq`. What one index answers costs the same at any depth; for the rest at
    most `LOOKED_AT` events of each alternative are looked at."""
    bounds = await _bounds(session, wanted)
    branches, rest = _divided(wanted)
    order = EventRow.seq.desc() if newest_first else EventRow.seq.asc()
    edge = None
    if rest:
        edge = await _edge(session, [[*branch, *bounds] for branch in branches], newest_first=newest_first)
        if edge is not None:
            bounds.append(EventRow.seq > edge if newest_first else EventRow.seq < edge)
    parts = [_EVENTS.where(*branch, *bounds, *rest).order_by(order).limit(limit) for branch in branches]
    if len(parts) == 1:
        found = await session.execute(parts[0])
    else:
        together = union_all(*(part.subquery().select() for part in parts)).subquery()
        found = await session.execute(
            select(together).order_by(together.c.seq.desc() if newest_first else together.c.seq).limit(limit)
        )
    return Stretch([_event(row) for row in found], edge)


async def by_id(session: AsyncSession, event_id: str) -> Event | None:
    row = (await session.execute(_EVENTS.where(EventRow.id == event_id).limit(1))).one_or_none()
    return None if row is None else _event(row)


async def kinds(session: AsyncSession) -> list[tuple[str, str]]:
    """Type and area of each type of event there is, by a step of the index for each."""
    found = select(func.min(EventRow.type).label("type")).cte(recursive=True)
    following = select(func.min(EventRow.type)).where(EventRow.type > found.c.type).correlate(found).scalar_subquery()
    found = found.union_all(select(following).where(found.c.type.is_not(None)))
    area = select(EventRow.area).where(EventRow.type == found.c.type).limit(1).scalar_subquery()
    rows = await session.execute(select(found.c.type, area).where(found.c.type.is_not(None)))
    return [(row[0], row[1]) for row in rows]


async def newest(session: AsyncSession) -> Event | None:
    found = (await page(session, Filter(), limit=1, newest_first=True)).events
    return found[0] if found else None


async def oldest_at(session: AsyncSession) -> datetime | None:
    """When the first of the events that are kept was told."""
    found: datetime | None = await session.scalar(select(EventRow.at).order_by(EventRow.seq).limit(1))
    return found


async def first_told(session: AsyncSession, at: datetime) -> int:
    """The place of the first event told at `at` or later; without one, the place after the last."""
    return int((await session.execute(select(_first_told(at)))).scalar_one())


def _first_told(at: datetime) -> ColumnElement[int]:
    """By halves."""
    low = select(func.min(EventRow.seq)).scalar_subquery()  # each by itself: together they would be a walk of all
    high = select(func.max(EventRow.seq) + 1).scalar_subquery()
    search = select(low.label("low"), high.label("high")).cte(recursive=True)
    middle = (search.c.low + search.c.high) // 2
    there = select(EventRow.at).where(EventRow.seq >= middle).order_by(EventRow.seq).limit(1).correlate(search)
    earlier = there.scalar_subquery() < at
    search = search.union_all(
        select(case((earlier, middle + 1), else_=search.c.low), case((earlier, search.c.high), else_=middle)).where(
            search.c.low < search.c.high
        )
    )
    return func.coalesce(select(search.c.low).where(search.c.low >= search.c.high).scalar_subquery(), 0)


async def prune(session: AsyncSession, before: datetime, most: int) -> int:
    """Forget up to `most` of the oldest events told before `before`; how many went. The newest event always stays:
    the order continues from it."""
    oldest = select(EventRow.seq, EventRow.at).order_by(EventRow.seq).limit(most).subquery()
    last = await session.scalar(
        select(func.max(oldest.c.seq)).where(
            oldest.c.at < before, oldest.c.seq < select(func.max(EventRow.seq)).scalar_subquery()
        )
    )
    if last is None:
        return 0
    gone = await session.execute(delete(EventRow).where(EventRow.seq <= last, EventRow.at < before))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _divided(wanted: Filter) -> tuple[list[list[Condition]], list[Condition]]:
    """Alternatives that one index answers each, and what is left to be looked at."""
    branches: list[list[Condition]] = [[]]
    rest: list[Condition] = []
    for column, values in _by_promise(wanted):
        if branches == [[]] and len(values) > MANY and wanted.start is not None:
            branches = [[column.in_(values)]]
        elif branches == [[]]:
            branches = [[column == value] for value in values]
        else:  # an expression: the index of this column shall not be taken for the one that the bounds are made for
            rest.append(column.concat("").in_(values))
    if wanted.text is not None:
        rest.append(has_within(EventRow.type, wanted.text) | has_within(EventRow.subject, wanted.text))
    return branches, rest


def _by_promise(wanted: Filter) -> list[tuple[Column, list[str]]]:
    """What is asked for, that first which fewest events are likely to have: the daemon causes nearly all."""
    given: list[tuple[Column, Iterable[str | None]]] = [
        (EventRow.cause, [wanted.cause]),
        (EventRow.subject, [wanted.subject]),
        (EventRow.type, wanted.types),
        (EventRow.area, wanted.areas),
    ]
    given.insert(4 if wanted.actor == "daemon" else 3, (EventRow.actor, [wanted.actor]))
    return [(column, chosen) for column, values in given if (chosen := sorted(filter(None, set(values))))]


async def _bounds(session: AsyncSession, wanted: Filter) -> list[Condition]:
    """Of `seq`, in which times are told apart too: events are told in the order of time, but for a clock set back."""
    bounds: list[Condition] = []
    if wanted.since is not None:
        bounds.append(EventRow.seq > wanted.since)
    if wanted.before is not None:
        bounds.append(EventRow.seq < wanted.before)
    if times := [at for at in (wanted.start, wanted.end) if at is not None]:
        places = list((await session.execute(select(*map(_first_told, times)))).one())
        if wanted.start is not None:
            bounds.append(EventRow.seq >= places.pop(0))
        if wanted.end is not None:
            bounds.append(EventRow.seq < places.pop())
    return bounds


async def _edge(session: AsyncSession, branches: Sequence[list[Condition]], *, newest_first: bool) -> int | None:
    """The nearest place at which one of the branches has gone past as many events as may be looked at."""
    order = EventRow.seq.desc() if newest_first else EventRow.seq.asc()
    ends = [
        select(EventRow.seq).where(*branch).order_by(order).offset(LOOKED_AT).limit(1).scalar_subquery()
        for branch in branches
    ]
    found = [end for end in (await session.execute(select(*ends))).one() if end is not None]
    return (max if newest_first else min)(found, default=None)


def _row(event: Event) -> dict[str, object]:
    fact = event.fact
    return {
        "seq": event.seq,
        "id": event.id,
        "at": event.at,
        "area": fact.area,
        "type": fact.type,
        "version": fact.version,
        "subject": fact.subject,
        "actor": fact.actor,
        "host": event.host,
        "cause": fact.cause,
        "payload": dict(fact.payload),
    }


def _event(row: Row[*tuple[Any, ...]]) -> Event:
    """By place: a page of fifty by name takes a quarter more time."""
    seq, event_id, at, area, kind, version, subject, actor, host, cause, payload = row
    return Event(seq, at, Fact(area, kind, subject, actor, cause, payload, version), host, event_id)
