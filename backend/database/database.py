"""The database as the rest of the program has it: read, write, and whether it answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backend.core.clock import Clock, until_beat
from backend.database import engine
from backend.database.engine import DatabaseUnavailable, why_unavailable
from backend.database.migrate import OURS, Steps, bring_up, bring_up_anyhow
from backend.database.reading import ReadingSession
from backend.database.work import T, Work, Writer

CLOSING_GRACE = 1.0  # seconds for what is still to be written when the database closes
CHECKPOINT_BYTES = 4 * 1024 * 1024
CHECKPOINT_SECONDS = 60.0
CHECKPOINT_PAUSE = 1.0  # seconds between two looks at the size, so also the least time between two checkpoints
STATE_FRESH = 1.0  # seconds that an answer about the state stays good
STATE_BOUND = 0.02  # seconds that asking for the state may take


class Database:
    """`damaged` is where a damaged file lies in whose place this one was made."""

    def __init__(
        self, path: Path, writer: AsyncEngine, readers: AsyncEngine, clock: Clock, *, damaged: Path | None = None
    ) -> None:
        self.damaged = damaged
        self._path = path
        self._writer_engine = writer
        self._readers = readers
        self._clock = clock
        self._writer = Writer(writer, clock)
        self._checkpoints = asyncio.create_task(self._keep_log_short(), name="database checkpoints")
        self._checkpoint: asyncio.Future[None] | None = None
        self._probe: asyncio.Task[str | None] | None = None
        self._probed_at = 0.0
        self._trouble: str | None = None
        self._reading: set[object] = set()
        self._unread = asyncio.Event()
        self._unread.set()
        self._closed = False
        self._letting_go = asyncio.Lock()  # of two connections that close at once each leaves the log to the other

    async def write(self, work: Work[T]) -> T:
        """Run `work(session)` as one unit on the only writer and give back what it returns, once that is committed.

        Raises what `work` raises, or `DatabaseUnavailable`; nothing is written then.
        """
        return await self._writer.write(work)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that cannot write. Raises `DatabaseUnavailable` when the file or its disk does not answer, and once
        the database closes."""
        if self._closed:
            raise DatabaseUnavailable("it is closed")
        reader = object()
        self._reading.add(reader)
        self._unread.clear()
        try:
            async with ReadingSession(self._readers, expire_on_commit=False) as session:
                yield session
        except NoConnection as error:
            raise DatabaseUnavailable("too much is being read at once") from error
        except DBAPIError as error:
            reason = why_unavailable(error)
            if reason is None:
                raise
            raise DatabaseUnavailable(reason) from error
        finally:
            self._reading.discard(reader)
            if not self._reading:
                self._unread.set()
                if self._closed:
                    async with self._letting_go:
                        await self._readers.dispose()

    async def state(self) -> str:
        """`connected`, or `unavailable: …`. Answers within about 20 ms: with what was last known, if need be."""
        now = self._clock.monotonic()
        if self._probe is None or (self._probe.done() and now - self._probed_at >= STATE_FRESH):
            self._probe = asyncio.create_task(self._look(), name="database probe")
            self._probed_at = now
            await asyncio.wait((self._probe,), timeout=STATE_BOUND)
        if self._probe.done():
            self._trouble = self._probe.result()
        elif now - self._probed_at >= STATE_FRESH:
            self._trouble = self._trouble or "it is slow to answer"
        if self._writer.written_at > self._probed_at:
            self._trouble = None
        trouble = self._writer.trouble or self._trouble
        return f"unavailable: {trouble}" if trouble else "connected"

    def on_trouble(self, hear: Callable[[str | None], None]) -> None:
        """Calls `hear` with each change of what keeps writing from working; None when it works again."""
        self._writer.on_trouble = hear

    async def close(self) -> None:
        """Write what waits (for a short while where a lock is in the way), then let go of the file."""
        await self._writer.close(CLOSING_GRACE)
        self._checkpoints.cancel()
        with suppress(asyncio.CancelledError):
            await self._checkpoints
        under_way = [task for task in (self._probe, self._checkpoint) if task is not None]
        await asyncio.gather(*under_way, return_exceptions=True)
        self._closed = True  # who came while the connections are let go of would be given one that nobody closes
        with suppress(TimeoutError):
            await asyncio.wait_for(self._unread.wait(), CLOSING_GRACE)
        async with self._letting_go:
            if not self._reading:  # else the last who reads does it: a pool loses sight of what is lent out
                await self._readers.dispose()
            await self._writer_engine.dispose()

    async def _look(self) -> str | None:
        """Why reading or, where the last write failed, writing does not work; None where it does."""
        if not self._path.exists():
            return "its file is gone"
        try:
            async with self.read() as session:
                await session.execute(text("SELECT version_num FROM alembic_version"))
            if self._writer.trouble is not None:
                await self.write(_rewrite)
        except DatabaseUnavailable as error:
            return error.reason
        except DBAPIError:
            return "its tables are not the ones that were opened"
        return None

    async def _keep_log_short(self) -> None:
        """Checkpoints, away from the commits: by size while much is written, by time when little is."""
        while True:
            await self._writer.written.wait()
            await self._log_grown(self._clock.monotonic() + CHECKPOINT_SECONDS)
            self._checkpoint = asyncio.ensure_future(asyncio.to_thread(engine.checkpoint, self._path))
            await asyncio.shield(self._checkpoint)

    async def _log_grown(self, due: float) -> None:
        """Looks at the size after what is written, but not each time, until it is large or the time is there."""
        while True:
            self._writer.written.clear()
            await asyncio.sleep(until_beat(CHECKPOINT_PAUSE))
            left = due - self._clock.monotonic()
            if left <= 0 or engine.wal_size(self._path) >= CHECKPOINT_BYTES:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._writer.written.wait()


async def _rewrite(session: AsyncSession) -> None:
    """A unit of work that needs the lock and the disk, and changes nothing."""
    await session.execute(text("UPDATE alembic_version SET version_num = version_num"))


@asynccontextmanager
async def open_database(url: str, data_dir: Path, clock: Clock, *, steps: Steps = OURS) -> AsyncIterator[Database]:
    """Open the SQLite file of `url`, made or updated first where that is needed (a copy beside it is kept).

    A damaged one at the usual place is moved away, for what runs shall be supervised all the same. Raises
    `DatabaseUnusable` where a file elsewhere is damaged, or the file is locked, someone else's, or of a newer version
    of this program.
    """
    path = engine.database_file(url, data_dir)
    usual = path == engine.usual_file(data_dir)
    damaged = await asyncio.to_thread(bring_up_anyhow if usual else bring_up, path, steps, clock.now())
    database = Database(path, engine.open_writer(path), engine.open_readers(path), clock, damaged=damaged)
    try:
        yield database
    finally:
        await database.close()
