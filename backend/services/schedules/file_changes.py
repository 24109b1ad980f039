"""Which files have changed that schedules wait for."""

from __future__ import annotations

import asyncio
import glob
import logging
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from backend.core.clock import Clock, until_beat
from backend.services.modules.rules import Files
from backend.services.schedules.book import Book
from backend.services.schedules.model import Schedule
from backend.services.schedules.triggers import Trigger

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
SHARE = 20  # looking takes at most one part in so many of the time
MOST_FILES = 10_000

Stamp = tuple[int, int, int]
"""When a file was changed in nanoseconds, its size and its number."""


class TooMany(Exception):
    """The patterns name more files than are watched."""


@dataclass
class _Watched:
    rule: Files
    files: Mapping[str, Stamp]
    changed: set[str] = field(default_factory=set)
    quiet_since: float = 0.0


class FileChanges:
    """Looks at files now and then, in a thread. What is there at the first look is known, and triggers nothing."""

    def __init__(self, book: Book, trigger: Trigger, clock: Clock) -> None:
        self._book, self._trigger, self._clock = book, trigger, clock
        self._watched: dict[int, _Watched] = {}
        self._took = 0.0  # seconds that this round of looks has taken so far

    async def watch(self) -> None:
        while True:
            self._took = 0.0
            try:
                for one in self._wanted():
                    await self._look(one)
            except Exception:
                log.exception("files could not be looked at")
            await asyncio.sleep(max(until_beat(POLL_SECONDS), SHARE * self._took))

    def _wanted(self) -> list[Schedule]:
        wanted = [one for one in self._book.entries.values() if isinstance(one.plan.rule, Files) and not one.paused]
        ids = {one.id for one in wanted}
        self._watched = {schedule: seen for schedule, seen in self._watched.items() if schedule in ids}
        return wanted

    async def _look(self, one: Schedule) -> None:
        rule, watched = one.plan.rule, self._watched.get(one.id)
        assert isinstance(rule, Files)
        known = watched is not None and watched.rule == rule
        try:
            files = await self._seen(rule, watched.files if watched is not None and known else {})
        except (TooMany, ValueError) as error:  # the latter for names that no file can have
            await self._trigger.refuse(one, str(error))
            return
        if watched is None or not known:
            self._watched[one.id] = _Watched(rule, files)
            return
        now = self._clock.monotonic()
        if fresh := {path for path, seen in files.items() if watched.files.get(path) != seen}:
            watched.changed |= fresh
            watched.quiet_since = now
        watched.changed &= files.keys()  # what was there for a moment only is nothing to run for
        watched.files = files
        if watched.changed and now - watched.quiet_since >= rule.settle:
            watched.changed.clear()
            await self._trigger.pull(one.id)

    async def _seen(self, rule: Files, before: Mapping[str, Stamp]) -> Mapping[str, Stamp]:
        began = self._clock.monotonic()
        try:
            return await asyncio.to_thread(_files, rule.patterns, before)
        finally:
            self._took += self._clock.monotonic() - began


def _files(patterns: Iterable[str], before: Mapping[str, Stamp]) -> Mapping[str, Stamp]:
    """The regular files that the patterns name now. Those in a folder that is away, as a drive that was unplugged, are
    as they were `before`: its coming back is no news of them. Raises `TooMany`."""
    found: dict[str, Stamp] = {}
    count = 0
    for pattern in patterns:
        if not (folder := _folder(pattern)).is_dir():
            found |= {path: seen for path, seen in before.items() if Path(path).is_relative_to(folder)}
        for path in glob.iglob(pattern, recursive=True):  # noqa: PTH207  # absolute ones
            if (count := count + 1) > MOST_FILES:
                raise TooMany(f"the patterns name more than {MOST_FILES} files; name fewer")
            if (seen := _stamp(path)) is not None:
                found[path] = seen
    return found


def _folder(pattern: str) -> Path:
    """The part of a pattern that is the same for all that it names."""
    return Path(*takewhile(lambda part: not glob.has_magic(part), Path(pattern).parts[:-1]))


def _stamp(path: str) -> Stamp | None:
    """None for what is no regular file, or gone between two looks."""
    try:
        seen = Path(path).stat()
    except OSError:
        return None
    return (seen.st_mtime_ns, seen.st_size, seen.st_ino) if stat.S_ISREG(seen.st_mode) else None
