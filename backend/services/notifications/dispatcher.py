"""Has messages sent when they are due, several targets at once and each by itself, and tells what became of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress

from backend.core.clock import Clock
from backend.core.events import Fact
from backend.core.tasks import Tasks
from backend.database.tables.notifications import DeliveryRow
from backend.services.notifications.courier import Courier, Outcome
from backend.services.notifications.model import Target
from backend.services.notifications.outbox import Outbox

log = logging.getLogger(__name__)

LONGEST_SLEEP = 60.0  # seconds: the wall clock may be set
AT_ONCE = 4  # targets
MOST = 20  # messages for one process


class Dispatcher:
    """`changed` gets each message whose row is to be stored, `tell` what is to be known of it."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        courier: Courier,
        clock: Clock,
        tasks: Tasks,
        targets: Callable[[], Mapping[str, Target]],
        changed: Callable[[DeliveryRow], None],
        tell: Callable[[Fact], object],
    ) -> None:
        self._outbox, self._courier, self._clock, self._tasks = outbox, courier, clock, tasks
        self._targets, self._changed, self._tell = targets, changed, tell
        self._look = asyncio.Event()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._room, self._asked = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AT_ONCE)

    def look(self) -> None:
        """Something may be due."""
        self._look.set()

    async def run(self) -> None:
        while True:
            self._look.clear()
            now, targets = self._clock.now(), self._targets()
            for row in self._outbox.without(targets, now):
                self._over(row)
            for name, rows in self._outbox.take(targets, now, self._busy, MOST).items():
                work = self._in_turn(targets[name], rows)
                self._busy[name] = self._tasks.spawn(work, name=f"messages for {name}")
            due = self._outbox.next_due(targets, now, self._busy)
            with suppress(TimeoutError):
                async with asyncio.timeout(
                    LONGEST_SLEEP if due is None else _seconds(due.timestamp() - now.timestamp())
                ):
                    await self._look.wait()

    async def send_now(self, target: Target, row: DeliveryRow) -> None:
        """Because somebody asks for it, beside what goes in its turn. What became of it stands in it afterwards."""
        await self._send(target, [row], self._asked)

    async def _send(self, target: Target, rows: Sequence[DeliveryRow], room: asyncio.Semaphore) -> None:
        left = list(rows)
        try:
            async with room, aclosing(self._courier.send(target, rows)) as outcomes:
                async for outcome in outcomes:
                    self._became(left.pop(0), outcome)
        finally:
            for row in left:
                self._outbox.untouched(row)
            self.look()

    async def close(self, grace: float) -> None:
        """Returns when what is on its way has arrived, or after `grace` seconds."""
        if self._busy:
            await asyncio.wait(self._busy.values(), timeout=grace)

    async def _in_turn(self, target: Target, rows: Sequence[DeliveryRow]) -> None:
        try:
            await self._send(target, rows, self._room)
        finally:
            del self._busy[target.name]
            self.look()

    def _became(self, row: DeliveryRow, outcome: Outcome) -> None:
        now = self._clock.now()
        if outcome.error is None:
            self._over(self._outbox.sent(row, now))
        elif outcome.lasting or row.kind == "test":
            self._over(self._outbox.refused(row, outcome.error, now))
        else:
            self._put_off(row, self._outbox.postponed(row, outcome.error, now, outcome.retry_after))

    def _put_off(self, row: DeliveryRow, changed: Iterable[DeliveryRow]) -> None:
        log.info("a message for %s could not be sent: %s", row.target, row.error)
        for one in changed:
            if one.state == "waiting":
                self._changed(one)
                if one.attempts == 1:
                    self._say(one, "failed", reason=one.error, final=False)
            else:
                self._over(one)

    def _over(self, row: DeliveryRow) -> None:
        self._changed(row)
        if row.state == "sent":
            self._say(row, "delivered")
        else:
            self._say(row, "failed", reason=row.error, final=True)

    def _say(self, row: DeliveryRow, what: str, **more: object) -> None:
        payload = {"delivery": row.id, "kind": row.kind, "subject": row.subject, "count": row.count}
        payload |= {"attempts": row.attempts, **more}
        cause = None if row.kind == "test" else row.event_id
        self._tell(Fact("notifications", f"notification.{what}", row.target, cause=cause, payload=payload))


def _seconds(until_due: float) -> float:
    return min(max(0.0, until_due), LONGEST_SLEEP)
