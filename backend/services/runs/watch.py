"""Looks at all runs that go, at once: what their trees use, and what they have said since the last look.

One look at the trees, one pass over the processes, one trip to a thread before and one after, however many runs there
are; and none while nothing runs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.tasks import Tasks
from backend.services.processes.runtime import Runtime
from backend.services.runs.custody import look_on
from backend.services.runs.entry import Entry
from backend.services.runs.folder import RunFolders
from backend.services.runs.usage import Point, note

log = logging.getLogger(__name__)


class Usage(Protocol):
    @property
    def cpu_percent(self) -> float: ...

    @property
    def memory_bytes(self) -> int: ...

    @property
    def cpu_seconds(self) -> float: ...


Measure = Callable[[Mapping[str, Iterable[int]]], Awaitable[Mapping[str, Usage]]]


class Watch:
    """`measure` reads what groups of processes use; `changed` is called after each look."""

    def __init__(
        self,
        *,
        entries: Mapping[str, Entry],
        trees: Callable[[], Mapping[str, str]],
        runtime: Runtime,
        folders: RunFolders,
        tasks: Tasks,
        clock: Clock,
        measure: Measure,
        interval: float,
        changed: Callable[[], None],
    ) -> None:
        self._entries = entries
        self._trees = trees
        self._runtime = runtime
        self._folders = folders
        self._tasks = tasks
        self._clock = clock
        self._measure = measure
        self._interval = interval
        self._changed = changed
        self._looking: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Something runs."""
        if self._looking is None or self._looking.done():
            self._looking = self._tasks.spawn(self._look_on(), name="run figures")

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            running = {run_id: tree for tree, run_id in self._trees().items()}
            if not running:
                return
            await self._look_at(running)
            self._changed()

    async def _look_at(self, running: Mapping[str, str]) -> None:
        going = [self._entries[run_id] for run_id in running if run_id in self._entries]
        await asyncio.to_thread(self._hear, going)
        try:
            members = await self._runtime.members()
            groups = {run_id: [pid for pid, _ in members.get(tree, ())] for run_id, tree in running.items()}
            await asyncio.to_thread(self._note, self._seen(running, await self._measure(groups)))
        except (CenterError, OSError) as error:
            log.info("no figures of runs: %s", error)

    def _seen(self, running: Mapping[str, str], usage: Mapping[str, Usage]) -> Mapping[str, Point]:
        """What those use that still run in the tree that was looked at."""
        at, points = self._clock.now().timestamp(), {}
        for run_id, used in usage.items():
            entry = self._entries.get(run_id)
            if entry is not None and entry.state.tree == running[run_id] and entry.state.status == "running":
                entry.used.seen(used.cpu_percent, used.memory_bytes, used.cpu_seconds)
                points[run_id] = Point(at, used.cpu_percent, used.memory_bytes)
        return points

    def _note(self, points: Mapping[str, Point]) -> None:
        for run_id, point in points.items():
            try:
                note(self._folders.of(run_id), point)
            except OSError as error:
                log.info("what %s uses cannot be kept: %s", run_id, error)

    def _hear(self, going: Iterable[Entry]) -> None:
        for entry in going:
            if entry.state.status == "running" and entry.state.exit is None:
                look_on(entry.progress, self._folders, entry)
