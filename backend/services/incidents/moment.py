"""All that is known of one moment of the past: what each service did, which runs went, the figures, the lines and the
events around it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.errors import Unprocessable
from backend.core.secrets import Secrets
from backend.database.database import Database
from backend.database.history import Told, page
from backend.database.journal import Journal
from backend.database.repositories import events, runs, supervisor
from backend.database.repositories.alerts import Record as Alert
from backend.database.repositories.events import Filter
from backend.database.repositories.runs import Both
from backend.services.incidents.around import Around, lines_around
from backend.services.incidents.past_states import TYPES, Past, past_of
from backend.services.processes.logs import Log

EVENTS = 200
RUNS = 50
JOBS = 10_000  # before the moment, among which the runs that went are looked for
_EACH = 30  # last events of a service
TOLERANCE = timedelta(seconds=5)  # clocks of browsers


class InvalidMoment(Unprocessable):
    code, title = "invalid_moment", "This moment has no past"


@dataclass(frozen=True, slots=True)
class Moment:
    """`known_from` is where the journal begins: what is before it nobody knows. `services` are in the order of ids."""

    at: datetime
    known_from: datetime | None
    services: Sequence[tuple[str, str, Past]]
    runs: Sequence[Both]
    samples: Mapping[str, float]
    logs: Sequence[Around]
    events: Sequence[Told]
    alerts: Sequence[Alert]


@dataclass(frozen=True, kw_only=True)
class Moments:
    """`log_of` gives the log of a service and `log_of_run` that of a run, None where it has none any more."""

    database: Database
    journal: Journal
    clock: Clock
    secrets: Secrets
    log_of: Callable[[str], Log | None]
    log_of_run: Callable[[str], Awaitable[Log | None]]
    values_at: Callable[[datetime], Awaitable[Mapping[str, float]]]
    alerts: Callable[[datetime, datetime], Awaitable[Sequence[Alert]]]

    async def at(self, at: datetime, window: timedelta) -> Moment:
        """Lines and events are those not further than `window` from `at`. Raises `InvalidMoment`."""
        now = self.clock.now()
        if at > now + TOLERANCE:
            raise InvalidMoment(f"It is {now:%Y-%m-%d %H:%M:%S} UTC now; `at` is later. Give a time of the past.")
        async with self.database.read() as session:
            known_from = await events.oldest_at(session)
            services = await _services(session, at)
            going = await runs.going(session, at, at, through=JOBS, limit=RUNS)
        logs = {("service", service): log for service, _, _ in services if (log := self.log_of(service)) is not None}
        logs |= {("run", run.run_id): log for _, run in going if (log := await self.log_of_run(run.run_id)) is not None}
        around = await asyncio.to_thread(lines_around, logs, at, window, self.secrets)
        told = await page(
            self.database, self.journal, Filter(start=at - window, end=at + window, since=0), EVENTS
        )  # the oldest first
        return Moment(
            at=at,
            known_from=known_from,
            services=services,
            runs=going,
            samples=await self.values_at(at),
            logs=around,
            events=told.events,
            alerts=await self.alerts(at, at),
        )


async def _services(session: AsyncSession, at: datetime) -> list[tuple[str, str, Past]]:
    """Id, name and what it did, of those that the journal knows of."""
    place = await events.first_told(session, at + timedelta(microseconds=1))
    began = await events.page(session, Filter(types=("daemon.started",), before=place), limit=1, newest_first=True)
    daemon_since = began.events[0].seq if began.events else 0
    rows = await supervisor.rows(session)
    found = []
    for service in sorted(rows, key=str.lower):
        wanted = Filter(areas=("supervisor",), types=TYPES, subject=service, before=place)
        told = await events.page(session, wanted, limit=_EACH, newest_first=True)
        past = past_of([event for event in told.events if event.fact.area == "supervisor"], daemon_since)
        if past is not None:
            found.append((service, rows[service].name, past))
    return found
