"""What makes a schedule due that waits for something to happen, and what hears of runs that end.

Only that it has happened is written; the scheduler does the rest, at once or when the run before has ended. So what
happened survives the daemon, and what happened several times meanwhile is done once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import ExitStack, suppress

from backend.core.bus import Bus, Overrun, Subscription
from backend.core.errors import CenterError, Unavailable
from backend.core.events import Event
from backend.services.modules.rules import After
from backend.services.schedules.book import Book
from backend.services.schedules.circles import circle, words
from backend.services.schedules.errors import UnknownSchedule
from backend.services.schedules.firing import Cause, Firing
from backend.services.schedules.model import Schedule

log = logging.getLogger(__name__)

ROOM = 10_000  # events that may wait to be looked at
RETRY_SECONDS = 1.0
ENDS = frozenset(f"run.{state}" for state in ("completed", "failed", "cancelled", "timed_out", "interrupted"))


class Trigger:
    """Writes that what a schedule waits for has happened."""

    def __init__(self, book: Book, firing: Firing) -> None:
        self._book, self._firing = book, firing

    async def pull(self, schedule: int) -> None:
        """Returns when it is written, however long the database takes."""
        while (one := self._book.entries.get(schedule)) is not None and not one.paused and one.next_at is None:
            now = self._book.clock.now()
            try:
                await self._book.change(schedule, next_at=now, reckoned_at=now)
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)
            except UnknownSchedule:
                return

    async def refuse(self, one: Schedule, reason: str) -> None:
        """It would go wrong; said once. Where that cannot be kept now, it is said the next time."""
        if reason != one.last_error:
            with suppress(Unavailable, UnknownSchedule):
                self._firing.tell("failed", await self._book.change(one.id, last_error=reason), {"reason": reason})


class Listener:
    """Hears of runs that end. `job_of` gives the job of a run, `causes` gets what led to each that is triggered,
    `ended` is called for each run, and `modules_changed` for each change of a module."""

    def __init__(
        self,
        *,
        book: Book,
        trigger: Trigger,
        job_of: Callable[[str], Awaitable[int]],
        causes: MutableMapping[int, Cause],
        ended: Callable[[], None],
        modules_changed: Callable[[], None],
    ) -> None:
        self._book, self._trigger = book, trigger
        self._job_of, self._causes, self._ended = job_of, causes, ended
        self._modules_changed = modules_changed

    async def listen(self, bus: Bus[Event], heard: Subscription[Event]) -> None:
        """`heard` is a subscription that began before anything ended that nobody may miss."""
        with ExitStack() as stack:
            while True:
                try:
                    events = await heard.take()
                except Overrun:
                    log.error("more happened than could be looked at; something that was to follow a run may be lost")
                    heard = stack.enter_context(bus.subscribe(ROOM))
                    continue
                for event in events:
                    await self._hear(event)

    async def _hear(self, event: Event) -> None:
        fact = event.fact
        if fact.area == "modules":
            self._modules_changed()
        if fact.area != "runs" or fact.type not in ENDS or fact.subject is None:
            return
        self._ended()
        if fact.type == "run.completed":
            try:
                await self._completed(str(fact.payload["module_id"]), fact.subject, event.id)
            except Exception:
                log.exception("what was to follow %s does not", fact.subject)

    async def _completed(self, module_id: str, run_id: str, told: str) -> None:
        await self._opened()
        followers = [
            one
            for one in self._book.entries.values()
            if isinstance(one.plan.rule, After) and module_id in one.plan.rule.modules and not one.paused
        ]
        for one in followers:
            if (way := circle(self._book.follows(), one.module_id)) is not None:
                await self._trigger.refuse(one, words(way))
                continue
            self._causes[one.id] = Cause(told, await self._job(run_id))
            await self._trigger.pull(one.id)

    async def _job(self, run_id: str) -> int | None:
        with suppress(CenterError):  # to run counts more than to know whose child the run is
            return await self._job_of(run_id)
        return None

    async def _opened(self) -> None:
        while True:
            try:
                return await self._book.open()
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)
