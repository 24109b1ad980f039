"""Keeps the index what is on disk: all of it at the start, when somebody asks and now and then; what changes, at once.

Whether changes are heard of or not, nothing is missed for longer than a rescan; where they cannot be heard of, that
comes every half minute.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from backend.core.clock import Clock
from backend.core.events import Fact
from backend.core.tasks import Tasks
from backend.database.engine import DatabaseUnavailable
from backend.database.repositories.jobs import Job
from backend.services.knowledge.index import Index
from backend.services.knowledge.indexer import Found, IndexDamaged, Indexer, IndexingFailed
from backend.services.knowledge.indexing import store
from backend.services.knowledge.indexing.patterns import Patterns
from backend.services.knowledge.indexing.scan import Order
from backend.services.knowledge.scans import Scans
from backend.services.knowledge.spec import KnowledgeSpec
from backend.services.knowledge.watching import NotWatched, watched

log = logging.getLogger(__name__)

MOST_PATHS = 2000  # of changes at once, above which looking through everything is less work
LOOK_SECONDS = 5.0  # between two looks at the roots themselves
NOTHING_SECONDS = 3600.0  # the configuration says so when there is something
UNWATCHED_SECONDS = 30.0
RETRY_SECONDS = 60.0  # after a scan that failed
SHARE = 4  # looking at changes takes at most one part in so many of the time
MOST_REST = 30.0

Homes = tuple[tuple[Path, int], ...]
"""The roots that are there, and which folders these are."""


class Keeping:
    """`spec` gives what the configuration says now. `trouble` is why changes are not heard of, or the last scan has
    failed; `unread` what could not be looked into by then."""

    def __init__(
        self,
        *,
        path: Path,
        spec: Callable[[], KnowledgeSpec],
        scans: Scans,
        tell: Callable[[Fact], object],
        clock: Clock,
    ) -> None:
        self.index = Index(path, self._damaged)
        self.indexer = Indexer(path)
        self.unread: tuple[str, ...] = ()
        self.not_watched: str | None = None
        self.failed: str | None = None
        self._path, self._spec, self._scans = path, spec, scans
        self._tell, self._clock = tell, clock
        self._wake = asyncio.Event()
        self._changed: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due_at = 0.0
        self._anew = False
        self._scanned: Order | None = None
        self._made: int | None = None
        self._homes: Homes = ()
        self._exclude: tuple[str, ...] = ()
        self._hearing = AsyncExitStack()

    @asynccontextmanager
    async def kept(self, tasks: Tasks) -> AsyncIterator[None]:
        """Inside, the index follows what is on disk. On leaving, a scan that goes is interrupted."""
        self._loop = asyncio.get_running_loop()
        keeping = tasks.spawn(self._keep(), name="knowledge")
        noting = tasks.spawn(self._scans.keep(), name="progress of knowledge")
        try:
            yield
        finally:
            for task in (keeping, noting):
                task.cancel()
            await asyncio.gather(keeping, noting, return_exceptions=True)
            await self.indexer.close()
            await self._scans.fail("the daemon ended", "interrupted")
            self.index.close()

    async def ask(self, *, anew: bool, actor: str = "local") -> Job:
        """Looks through everything soon; `anew` forgets the index before. Raises `DatabaseUnavailable`."""
        job = await self._scans.ask(actor)
        self._anew = self._anew or anew
        self._wake.set()
        return job

    def look_again(self, *_: object) -> None:
        """The configuration may say something else."""
        self._wake.set()

    def _damaged(self) -> None:
        """Called from any thread."""
        assert self._loop is not None

        def make_anew() -> None:
            self._anew = True
            self._wake.set()

        self._loop.call_soon_threadsafe(make_anew)

    # The index follows

    async def _keep(self) -> None:
        with suppress(DatabaseUnavailable):
            await self._scans.take_over()
        async with self._hearing:
            await self._keep_on()

    async def _keep_on(self) -> None:
        while True:
            try:
                rest = await self._follow()
            except Exception:
                log.exception("the knowledge base cannot be kept")
                rest = RETRY_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._wake.wait()
            self._wake.clear()

    async def _follow(self) -> float:
        """Does what is due; how long there is nothing more to do."""
        spec = self._spec()
        order, homes = _order(spec), await asyncio.to_thread(_homes, spec.roots)
        if self._scanned is not None and await asyncio.to_thread(_which, self._path) != self._made:
            self._anew = True  # somebody has taken the file away
        other = order != self._scanned or homes != self._homes
        if not spec.roots and not self._path.exists():
            return NOTHING_SECONDS
        if other and self._scans.current is None:
            with suppress(DatabaseUnavailable):
                await self._scans.ask("daemon")
        if homes != self._homes or spec.exclude != self._exclude:
            self._homes, self._exclude = homes, spec.exclude
            await self._hear(homes, spec.exclude)  # before the scan, so that nothing comes between the two
        if other or self._anew or self._scans.current is not None or self._clock.monotonic() >= self._due_at:
            await self._scan(order, spec)
        elif self._changed and self.failed is None:  # after a failure everything is looked through, when that is due
            return await self._look(order)
        return LOOK_SECONDS

    async def _scan(self, order: Order, spec: KnowledgeSpec) -> None:
        self._changed.clear()
        if self._anew:
            self.index.close()
            await self.indexer.close()
            await asyncio.to_thread(store.remove, self._path)
            self._anew = False
        await self._scans.begin()
        try:
            found = await self.indexer.scan(order, self._scans.progress)
            self._made = await asyncio.to_thread(_which, self._path)
        except IndexingFailed as error:
            self._anew = isinstance(error, IndexDamaged)
            self._made = await asyncio.to_thread(_which, self._path)
            self.failed = str(error)
            self._due_at = self._clock.monotonic() + (0 if self._anew else RETRY_SECONDS)
            self._scanned = order
            await self._scans.fail(str(error))
            self._tell(Fact("knowledge", "knowledge.scan_failed", payload={"reason": str(error)}))
            return
        self._scanned, self.failed, self.unread = order, None, found.unread
        self._due_at = self._clock.monotonic() + (spec.rescan if self.not_watched is None else UNWATCHED_SECONDS)
        asked = self._scans.current is not None
        await self._scans.finish(found)
        if asked or found.something:
            self._tell_found("knowledge.scanned", found)

    async def _look(self, order: Order) -> float:
        changed, self._changed = self._changed, set()
        begun = self._clock.monotonic()
        try:
            if len(changed) > MOST_PATHS:
                found = await self.indexer.scan(order, lambda done, total: None)
            else:
                found = await self.indexer.look(order, changed)
        except IndexingFailed as error:
            self._anew = isinstance(error, IndexDamaged)
            self._due_at = self._clock.monotonic() + (0 if self._anew else RETRY_SECONDS)
            self.failed = str(error)
            return RETRY_SECONDS
        if found.something:
            self._tell_found("knowledge.changed", found)
        await asyncio.sleep(min(MOST_REST, SHARE * (self._clock.monotonic() - begun)))
        return 0 if self._changed else LOOK_SECONDS

    def _tell_found(self, what: str, found: Found) -> None:
        payload = {**asdict(found), "unread": len(found.unread)}
        self._tell(Fact("knowledge", what, payload=payload))

    # What changes is heard of

    async def _hear(self, homes: Homes, exclude: tuple[str, ...]) -> None:
        """From now on, of these roots."""
        await self._hearing.aclose()
        self.not_watched = None
        if not homes:
            return
        watch = watched([root for root, _ in homes], Patterns((), exclude), self._heard, self._lost)
        try:
            await self._hearing.enter_async_context(watch)
        except NotWatched as error:
            self._lost(str(error))

    def _heard(self, changed: set[str]) -> None:
        self._changed |= changed
        self._wake.set()

    def _lost(self, reason: str) -> None:
        log.warning("changes of the knowledge base are not heard of, it is looked through instead: %s", reason)
        self.not_watched = reason
        self._due_at = min(self._due_at, self._clock.monotonic() + UNWATCHED_SECONDS)


def _order(spec: KnowledgeSpec) -> Order:
    return Order(tuple(map(str, spec.roots)), spec.include, spec.exclude, spec.max_size)


def _which(file: Path) -> int | None:
    """Tells a file from another one that lies in its place; None where there is none."""
    try:
        return file.stat().st_ino
    except OSError:
        return None


def _homes(roots: tuple[Path, ...]) -> Homes:
    found: list[tuple[Path, int]] = []
    for root in roots:
        with suppress(OSError):
            seen = root.stat()
            found.append((root, seen.st_ino))
    return tuple(found)
