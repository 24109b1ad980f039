"""One task that waits for the earliest time and does what is due then.

It never waits longer than a few seconds without a look at the wall clock: a machine that slept, and a clock that
somebody set, are noticed by then. What came too late is missed and treated as its schedule says; where a clock was far
ahead and is set right again, times are worked out anew.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfoNotFoundError

from backend.core.errors import Unavailable
from backend.services.modules.rules import Cron, Every
from backend.services.schedules.book import Book
from backend.services.schedules.firing import Cause, Firing
from backend.services.schedules.model import Schedule
from backend.services.schedules.times import MOST, Due, delay, due, is_kept, is_set_back

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
RETRY_SECONDS = 1.0


class Scheduler:
    def __init__(self, book: Book, firing: Firing) -> None:
        self.causes: dict[int, Cause] = {}  # of a schedule that something has triggered what did
        self._book, self._firing = book, firing
        self._woken = asyncio.Event()
        self._taken_over = False
        self._trouble = ""

    def wake(self) -> None:
        """Something may be due."""
        self._woken.set()

    async def run(self) -> None:
        while True:
            self._woken.clear()
            now = self._book.clock.now()
            rest = RETRY_SECONDS
            try:
                await self._begin()
                await self.look(now)
                rest, self._trouble = self._rest(now), ""
            except Unavailable as error:
                if error.detail != self._trouble:
                    log.warning("schedules wait: %s", error.detail)
                self._trouble = error.detail
            except Exception:
                log.exception("the scheduler failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._woken.wait()

    async def _begin(self) -> None:
        await self._book.open()
        if not self._taken_over:
            await self._firing.take_over()
            await self._reckon_anew()
            self._taken_over = True
        await self._firing.pay()

    async def _reckon_anew(self) -> None:
        """What an earlier life of the daemon worked out is not so any more where the machine has another zone now, or
        where zones turn their clocks otherwise."""
        now = self._book.clock.now()
        for one in tuple(self._book.entries.values()):
            rule = one.plan.rule
            if one.next_at is None or not isinstance(rule, Cron):
                continue
            try:
                kept = is_kept(rule, one.next_at, self._book.local)
            except ZoneInfoNotFoundError:
                await self._book.step(one, None, last_error=f"{rule.zone} is not a time zone that this machine knows")
            else:
                if not kept and one.next_at > now:
                    await self._book.step(one, self._book.first(one.plan, now))

    async def look(self, now: datetime) -> None:
        """Does what is due at `now`. Raises `Unavailable` where some of it has to wait for the database."""
        entries = [one for one in self._book.entries.values() if one.next_at is not None and not one.paused]
        turns = [self._turn(one, now) for one in entries if self._concerns(one, now)]
        found = await asyncio.gather(*turns, return_exceptions=True)
        failures = [one for one in found if isinstance(one, BaseException)]
        for failure in failures:
            if not isinstance(failure, Unavailable):
                log.error("a schedule failed", exc_info=failure)
        if failures and isinstance(failures[0], Unavailable):
            raise failures[0]

    def _concerns(self, one: Schedule, now: datetime) -> bool:
        return self._due_at(one) <= now or self._is_set_back(one, now)

    def _is_set_back(self, one: Schedule, now: datetime) -> bool:
        rule = one.plan.rule
        if one.next_at is None or not isinstance(rule, (Cron, Every)):
            return False
        return is_set_back(rule, one.next_at, one.reckoned_at, now)

    def _due_at(self, one: Schedule) -> datetime:
        assert one.next_at is not None
        return one.next_at + delay(one.id, one.next_at, one.plan.jitter)

    async def _turn(self, one: Schedule, now: datetime) -> None:
        if not isinstance(one.plan.rule, (Cron, Every)):
            await self._triggered(one)
        elif self._is_set_back(one, now):
            await self._book.step(one, self._book.first(one.plan, now))
        else:
            await self._timed(one, one.plan.rule, now)

    async def _triggered(self, one: Schedule) -> None:
        """What happened while its run went is done once after that."""
        assert one.next_at is not None
        if one.plan.overlap or not self._firing.goes_on(one):
            await self._firing.fire(one, one.next_at, None, self.causes.pop(one.id, None))

    async def _timed(self, one: Schedule, rule: Cron | Every, now: datetime) -> None:
        assert one.next_at is not None
        put_off = delay(one.id, one.next_at, one.plan.jitter)
        found = due(rule, one.plan.missed, one.next_at, now - put_off, self._book.local)
        blocked = found.at is not None and not one.plan.overlap and self._firing.goes_on(one)
        if found.at is not None and not blocked:
            if not await self._firing.fire(one, found.at, found.next_at):
                return  # it was changed meanwhile, and has its turn as it is now
        else:
            await self._book.step(one, found.next_at)
        self._tell(one, found, blocked=blocked)

    def _tell(self, one: Schedule, found: Due, *, blocked: bool) -> None:
        if found.missed:
            facts = {"count": found.missed, "at_least": found.missed == MOST, "made_up": found.late and not blocked}
            self._firing.tell("missed", one, facts)
        if found.at is not None and blocked:
            self._firing.tell("skipped_overlap", one, {"at": found.at.isoformat(), "run_id": one.last_run})

    def _rest(self, looked_at: datetime) -> float:
        """Seconds until something is due that was not when we looked."""
        now = self._book.clock.now()
        waiting = (one for one in self._book.entries.values() if one.next_at is not None and not one.paused)
        times = [at for at in map(self._due_at, waiting) if at > looked_at]
        return min([LOOK_SECONDS, *(max(0.0, (at - now).total_seconds()) for at in times)])
