"""Tells people what happened: hears of events, keeps the messages made of them, and has them sent.

`Notifier` is all that others need of it. Nobody waits for it: events come by the journal, processes of their own send,
and the database is written beside all that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta, tzinfo
from functools import partial
from math import inf

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Event, Fact
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.engine import DatabaseUnavailable
from backend.database.forgetting import forget, keep_forgetting
from backend.database.journal import Journal
from backend.database.repositories import notifications as table
from backend.database.tables.notifications import DeliveryRow
from backend.services.notifications.courier import Courier
from backend.services.notifications.dispatcher import Dispatcher
from backend.services.notifications.errors import AlreadyDelivered, TargetGone, UnknownDelivery, UnknownTarget
from backend.services.notifications.hearing import Hearing
from backend.services.notifications.listening import listen
from backend.services.notifications.model import News, Section, State, Target
from backend.services.notifications.outbox import HOUR, Outbox
from backend.services.notifications.recorder import Recorder
from backend.services.notifications.standing import Standing, Tried
from backend.services.notifications.understanding import Understanding

log = logging.getLogger(__name__)

BEGIN_AGAIN = 1.0  # seconds until what was left is asked for again, where the database did not answer
BEGIN_PATIENCE = 5.0  # seconds that a request waits for that
PATIENCE = 1.0  # seconds that a question waits for what is about to be stored
GRACE = 2.0  # seconds that leaving waits for what is on its way
SAMPLE = "This is what a message of Control Center looks like here."


class Notifier:
    """`section` is what the configuration says now, `keep` for how many seconds messages are kept that are over;
    `dropped` counts those that had to go because too many waited."""

    def __init__(
        self,
        *,
        database: Database,
        journal: Journal,
        clock: Clock,
        tasks: Tasks,
        section: Callable[[], Section],
        keep: Callable[[], float],
        hearing: Hearing,
        hide: Callable[[str], str],
        zone: tzinfo,
    ) -> None:
        self.dropped = 0
        self._database, self._journal, self._clock = database, journal, clock
        self._section, self._keep, self._hearing = section, keep, hearing
        self._begun = asyncio.Event()
        self._outbox = Outbox(zone, hide)
        self._recorder = Recorder(database, tasks)
        courier = Courier(hide)
        self._understanding = Understanding(courier, self._targets)
        self._dispatcher = Dispatcher(
            outbox=self._outbox,
            courier=courier,
            clock=clock,
            tasks=tasks,
            targets=self._targets,
            changed=self._recorder.changed,
            tell=journal.tell,
        )
        tasks.spawn(self._run(tasks), name="notifications")
        tasks.spawn(keep_forgetting("messages", self.forget_old), name="old messages")

    def configuration_changed(self, *_: object) -> None:
        self._understanding.look_again()
        self._dispatcher.look()

    async def close(self) -> None:
        """What is on its way may arrive, and what is known is stored, unless either takes long."""
        await self._dispatcher.close(GRACE)
        if not await self._recorder.stored(GRACE):
            log.warning("what became of some messages could not be stored: they may be sent again")

    def _targets(self) -> Mapping[str, Target]:
        return self._section().targets

    # Asking

    async def standings(self) -> list[Standing]:
        """Of each target, in the order of the configuration. Raises `DatabaseUnavailable`."""
        await self._ready()
        await self._recorder.stored(PATIENCE)
        now, waiting = self._clock.now(), [row.target for row in self._outbox.waiting.values()]
        found = []
        async with self._database.read() as session:
            for name, target in self._section().targets.items():
                last = await table.last(session, name)
                held = self._outbox.held(target, now)
                found.append(Standing(target, waiting.count(name), held, self._trouble(target), last))
        return found

    def _trouble(self, target: Target) -> str | None:
        return self._understanding.fault(target) or self._outbox.trouble.get(target.name)

    async def deliveries(
        self, *, before: int | None, target: str | None, state: State | None, limit: int
    ) -> list[DeliveryRow]:
        """The newest first. Raises `DatabaseUnavailable`."""
        await self._recorder.stored(PATIENCE)
        async with self._database.read() as session:
            return await table.page(session, before=before, target=target, state=state, limit=limit)

    # Doing

    async def test(self, name: str) -> Tried:
        """Sends a message to a target at once. Raises `UnknownTarget`, and `DatabaseUnavailable` where it is not known
        yet what the last message was."""
        target = self._section().targets.get(name)
        if target is None:
            raise UnknownTarget(f"There is no target {name[:100]} in the configuration.")
        await self._ready()
        event = Event(0, self._clock.now(), Fact("notifications", "notification.tested", name, "user"))
        news = News("test", "target", name, name, "info", event, {"reason": SAMPLE})
        row = self._outbox.add_test(target, news)
        begun = self._clock.monotonic()
        await self._dispatcher.send_now(target, row)
        return Tried(row.error, self._clock.monotonic() - begun, row.id)

    async def retry(self, delivery: int) -> DeliveryRow:
        """Sends a message at once that waits or was given up; the row as it is then. Raises `UnknownDelivery`,
        `AlreadyDelivered`, `TargetGone`, and `DatabaseUnavailable`."""
        await self._ready()
        row = await self._found(delivery)
        if row.state == "sent":
            raise AlreadyDelivered("The message has been delivered: a test sends another one.")
        target = self._section().targets.get(row.target)
        if target is None:
            raise TargetGone(f"There is no target {row.target} in the configuration any more.")
        if self._outbox.again(row):
            await self._dispatcher.send_now(target, row)
        return row

    async def _found(self, delivery: int) -> DeliveryRow:
        await self._recorder.stored(PATIENCE)
        async with self._database.read() as session:
            stored = await table.get(session, delivery)
        found = self._outbox.waiting.get(delivery, stored)
        if found is None:
            raise UnknownDelivery(f"There is no message {delivery}.")
        return found

    async def _ready(self) -> None:
        try:
            async with asyncio.timeout(BEGIN_PATIENCE):
                await self._begun.wait()
        except TimeoutError:
            raise DatabaseUnavailable("what was sent before cannot be read yet") from None

    # What goes on by itself

    async def _run(self, tasks: Tasks) -> None:
        last_seq = await self._begin()
        self._begun.set()
        tasks.spawn(self._dispatcher.run(), name="sending of messages")
        tasks.spawn(self._understanding.run(), name="addresses of targets")
        await listen(self._database, self._journal, self._clock, last_seq, self._hear)

    async def _begin(self) -> int:
        """Goes on where another has left; the place up to which it had heard."""
        while True:
            try:
                async with self._database.read() as session:
                    left = await table.left(session, self._clock.now() - HOUR)
            except CenterError as error:
                log.debug("nobody is told anything for now: %s", error.detail)  # the database says it to everybody
                await asyncio.sleep(BEGIN_AGAIN)
            else:
                self._outbox.begin(left.last_id, left.waiting, left.sent)
                return left.last_seq

    def _hear(self, event: Event) -> None:
        section = self._section()
        if not section.targets or (news := self._hearing.news(event)) is None:
            return
        for target in section.targets.values():
            if target.wants(news):
                row, *gone = self._outbox.add(target, news, self._clock.now(), section.group)
                self._recorder.changed(row)
                for one in gone:
                    self._drop(one)
        self._dispatcher.look()

    def _drop(self, row: DeliveryRow) -> None:
        self.dropped += 1
        self._recorder.changed(row)
        payload = {"delivery": row.id, "kind": row.kind, "subject": row.subject, "dropped": self.dropped}
        told = Fact("notifications", "notification.dropped", row.target, cause=row.event_id, payload=payload)
        self._journal.tell(told)

    async def forget_old(self) -> None:
        """Removes messages that are over and need not be kept. Raises `DatabaseUnavailable`."""
        if (keep := self._keep()) == inf:
            return
        before = self._clock.now() - timedelta(seconds=keep)
        await forget(self._database, partial(table.prune, before=before))
