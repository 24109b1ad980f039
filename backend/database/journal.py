"""The journal: it gives each fact its place, tells it at once, and has it stored when the database answers.

Telling never waits and never fails because of the database. What waits to be stored is bounded: where the database is
away for so long that the room fills, the oldest go, and an `events.lost` says how many. Order is never changed.

An area whose facts stand for changes of its own rows tells them with `along`, and stores both by `write` in one unit of
work: after a kill there is no such change without its fact, and no fact without the change.

Facts that were told live but not stored when the daemon was killed are gone, and their places with them: a journal that
was not closed in order (its last event is not `events.closed`) continues past every place that may have been waiting
then, so that a client which resumes after such a place misses nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import islice, takewhile

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.bus import Bus
from backend.core.clock import Clock
from backend.core.events import Event, Fact
from backend.core.secrets import Secrets
from backend.core.tasks import open_tasks
from backend.database.database import Database
from backend.database.engine import DatabaseUnavailable
from backend.database.forgetting import forget, keep_forgetting
from backend.database.outage import Outage
from backend.database.repositories import events as table
from backend.database.rest import SHORTEST, rest_after
from backend.database.work import T, Work

log = logging.getLogger(__name__)

ROOM = 10_000  # events that may wait to be stored
BATCH = 500
RETRY_SECONDS = 1.0
CLOSING_GRACE = 1.0
KEEP = 90 * 86_400.0  # seconds
CLOSED = "events.closed"
LOST = "events.lost"


class Journal:
    """`bus` carries each event at once; `stored_seq` is the place up to which they are in the table, `earlier_seq` that
    of the last event before this journal was opened."""

    def __init__(
        self, database: Database, clock: Clock, *, last_seq: int, room: int = ROOM, secrets: Secrets | None = None
    ) -> None:
        self.bus: Bus[Event] = Bus()
        self.last_seq = last_seq
        self.stored_seq = last_seq
        self.earlier_seq = last_seq
        self._database = database
        self._clock = clock
        self._room = room
        self._secrets = secrets or Secrets()
        self._waiting: deque[Event] = deque()
        self._storing: list[Event] = []
        self._along: set[int] = set()  # places of those that wait for their rows
        self._turn = asyncio.Lock()  # whose the next unit is: events are stored in order
        self._lost = 0
        self._told = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()

    def tell(self, fact: Fact, *, along: bool = False) -> Event:
        """The event that `fact` becomes, already published and waiting to be stored; never waits. With `along` it is
        stored by the next `write`, and so is all that is told after it.

        Raises `TypeError` or `ValueError` when the payload is not JSON.
        """
        event = Event(self.last_seq + 1, self._clock.now(), _plain(fact, self._secrets))
        self.last_seq = event.seq
        if len(self._waiting) >= self._room:
            self._along.discard(self._waiting.popleft().seq)
            self._lost += 1
        self._waiting.append(event)
        if along:
            self._along.add(event.seq)
        self._told.set()
        self._settled.clear()
        self.bus.publish(event)
        return event

    def pending(self) -> list[Event]:
        """Told but not yet stored, in order."""
        return [*self._storing, *self._waiting]

    async def settled(self) -> None:
        """Returns when all that was told so far is stored (or lost)."""
        await self._settled.wait()

    async def write(self, prepare: Callable[[], Work[T]]) -> T:
        """One unit of work for rows and for all that was told until now; what the work of `prepare` returns, once all
        is committed. `prepare` is called at the moment to which the facts belong, and takes the rows as they are then.

        Raises what the work raises, and `DatabaseUnavailable`: nothing is stored then, and the facts wait for the next
        unit; where the work was at fault, they no longer wait for its rows.
        """
        async with self._turn:
            work = prepare()
            self._storing = events = self._take(len(self._waiting))

            async def unit(session: AsyncSession) -> T:
                for first in range(0, len(events), BATCH):
                    await table.append(session, events[first : first + BATCH])
                return await work(session)

            try:
                result = await self._database.write(unit)
            except Exception as error:
                self._put_back(events)
                if not isinstance(error, DatabaseUnavailable):
                    self._along.difference_update(event.seq for event in events)
                    self._told.set()
                raise
            self._along.difference_update(event.seq for event in events)
            self._stored()
            return result

    async def prune(self, keep: timedelta) -> int:
        """Forget events older than `keep`; how many went. Raises `DatabaseUnavailable`."""
        return await forget(self._database, partial(table.prune, before=self._clock.now() - keep))

    async def keep_storing(self) -> None:
        """Stores what is told, until cancelled."""
        loop = asyncio.get_running_loop()
        rest = SHORTEST
        while True:
            await self._told.wait()
            await asyncio.sleep(rest)
            begun = loop.time()
            while await self._store_some() == BATCH:
                pass
            rest = rest_after(loop.time() - begun)
            if not self._ready():  # what was told meanwhile may gather
                self._told.clear()

    async def _store_some(self) -> int:
        """How many were stored."""
        async with self._turn:
            self._storing = events = self._take(self._ready())
            if events:
                await self._store(events)
                self._stored()
            return len(events)

    def _ready(self) -> int:
        """How many, of up to a batch, come before the first that waits for its rows."""
        ready = takewhile(lambda event: event.seq not in self._along, self._waiting)
        return sum(1 for _ in islice(ready, BATCH))

    def _take(self, count: int) -> list[Event]:
        return [self._waiting.popleft() for _ in range(count)]

    def _put_back(self, events: Sequence[Event]) -> None:
        self._storing = []
        self._waiting.extendleft(reversed(events))

    def _stored(self) -> None:
        if self._storing:
            self.stored_seq = self._storing[-1].seq
        self._storing = []
        self._own_up()
        if not self._waiting:
            self._settled.set()

    async def keep_pruning(self, keep: Callable[[], float | None]) -> None:
        """Until cancelled; `keep` says for how many seconds, None where nothing is said."""

        async def forget_old() -> None:
            age = KEEP if (said := keep()) is None else said
            if age < self._clock.now().timestamp() and (gone := await self.prune(timedelta(seconds=age))):
                log.info("forgot %d old events", gone)

        await keep_forgetting("events", forget_old)

    async def _store(self, events: Sequence[Event]) -> None:
        said = ""
        while True:
            try:
                await self._database.write(lambda session: table.append(session, events))
                return
            except DatabaseUnavailable as error:
                if error.reason != said:
                    log.warning("%d events wait to be stored: %s", len(self.pending()), error)
                    said = error.reason
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                if len(events) == 1:
                    log.exception("event %s could not be stored", events[0].fact.type)
                    self._lost += 1
                    return
                for event in events:  # one of them is at fault; the others shall not suffer
                    await self._store([event])
                return

    def _own_up(self) -> None:
        if self._lost and len(self._waiting) < self._room:
            lost, self._lost = self._lost, 0
            log.error("%d events could not be stored and are lost", lost)
            self.tell(Fact("events", LOST, payload={"count": lost}))


def _plain(fact: Fact, secrets: Secrets) -> Fact:
    """The fact as it will be read again: a copy in JSON without secrets, of text that can be encoded (names of files
    need not be)."""
    text = json.dumps(secrets.hide_in(dict(fact.payload)), ensure_ascii=False, allow_nan=False)
    subject = None if fact.subject is None else _encodable(fact.subject)
    return replace(fact, subject=subject, payload=json.loads(_encodable(text)))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


@asynccontextmanager
async def open_journal(
    database: Database,
    clock: Clock,
    *,
    keep: Callable[[], float | None] = lambda: None,
    secrets: Secrets | None = None,
) -> AsyncIterator[Journal]:
    """A journal that continues where the table ends, and forgets events older than `keep` says now, in seconds.

    On leaving, what waits is stored; where the database does not answer within a short while, it is given up.
    """
    async with database.read() as session:
        last = await table.newest(session)
    in_order = last is None or last.fact.type == CLOSED
    last_seq = (last.seq if last else 0) + (0 if in_order else ROOM + BATCH)
    journal = Journal(database, clock, last_seq=last_seq, secrets=secrets)
    outage = Outage(journal.tell, clock)
    database.on_trouble(outage.heard)
    async with open_tasks() as tasks:
        tasks.spawn(journal.keep_storing(), name="journal")
        tasks.spawn(journal.keep_pruning(keep), name="journal pruning")
        if database.damaged is not None:
            journal.tell(Fact("database", "database.replaced", payload={"damaged": database.damaged.name}))
        try:
            yield journal
        finally:
            outage.close()
            journal.tell(Fact("events", CLOSED))
            with suppress(TimeoutError):
                await asyncio.wait_for(journal.settled(), CLOSING_GRACE)
    if left := len(journal.pending()):
        log.error("%d events were not stored in time: the database did not answer", left)
