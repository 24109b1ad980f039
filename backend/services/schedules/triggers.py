"""What makes a schedule due that waits for something to happen: another module's success, and files that change.

Either only writes that it has happened; the scheduler does the rest, at once or when the run before has ended. So what
happened survives the daemon, and what happened several times meanwhile is done once.
"""

from __future__ import annotations

import asyncio
import glob
import logging
import stat
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from backend.core.bus import Bus, Overrun, Subscription
from backend.core.clock import Clock
from backend.core.errors import CenterError, Unavailable
from backend.core.events import Event
from backend.services.modules.rules import After, Files
from backend.services.schedules.book import Book
from backend.services.schedules.circles import circle, words
from backend.services.schedules.errors import UnknownSchedule
from backend.services.schedules.firing import Firing
from backend.services.schedules.model import Schedule

log = logging.getLogger(__name__)

ROOM = 10_000  # events that may wait to be looked at
RETRY_SECONDS = 1.0
POLL_SECONDS = 1.0
SHARE = 20  # looking takes at most one part in so many of the time
MOST_FILES = 10_000
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
    """Hears of runs that end. `job_of` gives the job of a run, `causes` gets the one that led to what is triggered,
    `ended` is called for each run, and `modules_changed` for each change of a module."""

    def __init__(
        self,
        *,
        book: Book,
        trigger: Trigger,
        job_of: Callable[[str], Awaitable[int]],
        causes: MutableMapping[int, int],
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
                await self._completed(str(fact.payload["module_id"]), fact.subject)
            except Exception:
                log.exception("what was to follow %s does not", fact.subject)

    async def _completed(self, module_id: str, run_id: str) -> None:
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
            with suppress(CenterError):  # to run counts more than to know whose child the run is
                self._causes[one.id] = await self._job_of(run_id)
            await self._trigger.pull(one.id)

    async def _opened(self) -> None:
        while True:
            try:
                return await self._book.open()
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)


Stamp = tuple[int, int, int]
"""When a file was changed in nanoseconds, its size and its number."""


class TooMany(Exception):
    """The patterns name more files than are watched."""


@dataclass
class _Watched:
    rule: Files
    files: Mapping[str, Stamp]  # as they were at the last look that found any: a drive that was away brings no news
    changed: set[str] = field(default_factory=set)
    quiet_since: float = 0.0


class FileChanges:
    """Looks at files now and then, in a thread. What is there at the first look is known, and triggers nothing."""

    def __init__(self, book: Book, trigger: Trigger, clock: Clock) -> None:
        self._book, self._trigger, self._clock = book, trigger, clock
        self._watched: dict[int, _Watched] = {}

    async def watch(self) -> None:
        while True:
            began = self._clock.monotonic()
            try:
                for one in self._wanted():
                    await self._look(one)
            except Exception:
                log.exception("files could not be looked at")
            took = self._clock.monotonic() - began
            await asyncio.sleep(max(POLL_SECONDS, SHARE * took))

    def _wanted(self) -> list[Schedule]:
        wanted = [one for one in self._book.entries.values() if isinstance(one.plan.rule, Files) and not one.paused]
        ids = {one.id for one in wanted}
        self._watched = {schedule: seen for schedule, seen in self._watched.items() if schedule in ids}
        return wanted

    async def _look(self, one: Schedule) -> None:
        rule, watched = one.plan.rule, self._watched.get(one.id)
        assert isinstance(rule, Files)
        try:
            files = await asyncio.to_thread(_files, rule.patterns)
        except (TooMany, ValueError) as error:  # the latter for names that no file can have
            await self._trigger.refuse(one, str(error))
            return
        if watched is None or watched.rule != rule:
            self._watched[one.id] = _Watched(rule, files)
            return
        now = self._clock.monotonic()
        if fresh := {path for path, seen in files.items() if watched.files.get(path) != seen}:
            watched.changed |= fresh
            watched.quiet_since = now
        watched.changed &= files.keys()  # what was there for a moment only is nothing to run for
        watched.files = files or watched.files
        if watched.changed and now - watched.quiet_since >= rule.settle:
            watched.changed.clear()
            await self._trigger.pull(one.id)


def _files(patterns: Iterable[str]) -> Mapping[str, Stamp]:
    """The regular files that the patterns name now. Raises `TooMany`."""
    found: dict[str, Stamp] = {}
    named = chain.from_iterable(glob.iglob(one, recursive=True) for one in patterns)  # noqa: PTH207  # absolute ones
    for count, path in enumerate(named):
        if count >= MOST_FILES:
            raise TooMany(f"the patterns name more than {MOST_FILES} files; name fewer")
        try:
            seen = Path(path).stat()
        except OSError:
            continue  # gone between the two looks
        if stat.S_ISREG(seen.st_mode):
            found[path] = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
    return found
