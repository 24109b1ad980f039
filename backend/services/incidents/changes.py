"""What else changed before something went wrong: configurations, other services, alerts, sleep of the machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.core.events import Event, Fact
from backend.database.database import Database
from backend.database.history import page
from backend.database.journal import Journal
from backend.database.repositories.events import Filter

HOUR = timedelta(hours=1)
LIMIT = 40
_EVENTS = 1000  # that are looked at, the newest first
TYPES = (
    *("config.applied", "config.edited", "module.changed"),
    *("service.started", "service.stopped", "service.exited", "service.failed", "service.limit", "service.changed"),
    *("run.started", "run.failed", "run.timed_out", "alert.fired"),
    *("machine.suspended", "daemon.started", "daemon.resumed", "clock.set_back", "keeper.lost", "database.unavailable"),
)
_OWN = frozenset({"service.changed", "service.limit"})  # of what one's own events say the rest is known


@dataclass(frozen=True, slots=True)
class Change:
    """`times` such events of this subject in the hour; `at` and `event_seq` are of the last."""

    at: datetime
    what: str
    subject: str | None
    event_seq: int
    times: int


async def changes_before(database: Database, journal: Journal, at: datetime, service: str) -> list[Change]:
    """In the hour before `at`, the newest first; of the service itself only what was changed about it."""
    wanted = Filter(types=TYPES, start=at - HOUR, end=at)
    found = await page(database, journal, wanted, _EVENTS)
    return gathered((told.event for told in found.events), service)


def gathered(events: Iterable[Event], service: str) -> list[Change]:
    """Like events of one subject are one change."""
    last: dict[tuple[str, str | None], Change] = {}
    for event in events:
        fact = event.fact
        if _known_anyway(fact, service):
            continue
        subject = None if fact.area == "runs" else fact.subject  # of each run there is one
        known = last.get((fact.type, subject))
        last[fact.type, subject] = (
            Change(event.at, fact.type, fact.subject, event.seq, 1)
            if known is None
            else Change(known.at, known.what, known.subject, known.event_seq, known.times + 1)
        )
    return list(last.values())[:LIMIT]


def _known_anyway(fact: Fact, service: str) -> bool:
    """What the service itself did, and an alert that only says so."""
    if fact.area == "alerts":
        return fact.payload.get("kind") == "state" and fact.payload.get("service") == service
    return fact.area == "supervisor" and fact.subject == service and fact.type not in _OWN
