"""Fetching what creators have made: a run of the module that the configuration names, for each creator.

What has come of it is read from the run's log. A fetch is noted before there is a run, and followed by the next daemon
where this one ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Fact
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.engine import DatabaseUnavailable
from backend.database.repositories import knowledge as table
from backend.database.tables.knowledge import FetchRow
from backend.services.knowledge.cadence import Record, due_at, may_try
from backend.services.knowledge.creators import Creator
from backend.services.knowledge.errors import NoFetchModule
from backend.services.knowledge.spec import KnowledgeSpec
from backend.services.modules.model import Module
from backend.services.processes.logs import Log
from backend.services.runs import Runs
from backend.services.runs.errors import UnknownRun
from backend.services.runs.spec import new_run_id
from backend.services.runs.views import RunView

log = logging.getLogger(__name__)

VIDEO, INSIGHT = b"Processing video:", b"Insight extracted:"
RETRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Counts:
    """What the log of a fetch tells."""

    videos_processed: int
    insights_extracted: int


class Fetching:
    """`module` finds a module or raises; `local` is the zone of the machine."""

    def __init__(
        self,
        *,
        spec: Callable[[], KnowledgeSpec],
        runs: Runs,
        module: Callable[[str], Module],
        database: Database,
        clock: Clock,
        tell: Callable[[Fact], object],
        local: tzinfo,
    ) -> None:
        self._spec, self._runs, self._module, self._database = spec, runs, module, database
        self._clock, self._tell, self._local = clock, tell, local
        self._records: dict[str, Record] | None = None
        self._going: dict[str, str] = {}  # creator by run
        self._tasks: Tasks | None = None
        self._one = asyncio.Lock()

    def begin(self, tasks: Tasks) -> None:
        """Follows what an earlier daemon had begun."""
        self._tasks = tasks
        tasks.spawn(self._take_over(), name="fetches that go on")

    async def _take_over(self) -> None:
        while True:
            try:
                async with self._database.read() as session:
                    left = await table.fetches_going_on(session)
                break
            except DatabaseUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
        for row in left:
            self._follow(row.run_id, row.creator_id, row.queued_at)

    # When

    def record(self, creator: str) -> Record | None:
        return None if self._records is None else self._records.get(creator)

    def due_at(self, creator: Creator) -> datetime | None:
        """When a creator of a tier was, or will be, due; None where it has no tier or has not been looked at yet."""
        record = self.record(creator.id)
        if record is None or creator.priority is None:
            return None
        return due_at(self._spec().cadences[creator.priority], record, self._local)

    def goes_on(self, creator: str) -> bool:
        return creator in self._going.values()

    async def know(self, creators: Iterable[Creator]) -> None:
        """Remembers since when each is there. Raises `DatabaseUnavailable`."""
        async with self._one:
            records = await self._opened()
            now = self._clock.now()
            fresh = {one.id: Record(now) for one in creators if one.id not in records}
            if fresh:
                await self._put(fresh)

    async def due(self, creators: Sequence[Creator]) -> list[Creator]:
        """Those that are due and that nothing is fetched from now. Raises `DatabaseUnavailable`."""
        await self.know(creators)
        now = self._clock.now()
        found = []
        for one in creators:
            record, at = self.record(one.id), self.due_at(one)
            if record and at and at <= now and may_try(record, now) and not self.goes_on(one.id):
                found.append(one)
        return found

    # Fetching

    async def fetch(self, creators: Sequence[Creator], *, max_videos: int | None, actor: str) -> list[RunView]:
        """A run for each that none goes for. Raises `NoFetchModule`, what `Runs.submit` raises, and
        `DatabaseUnavailable`; runs that were asked for before that go on."""
        module = fetcher(self._spec(), self._module)
        await self.know(creators)
        asked: list[RunView] = []
        for one in creators:
            if not self.goes_on(one.id):
                asked.append(await self._ask(one, module, max_videos, actor))
        return asked

    async def _ask(self, creator: Creator, module: Module, max_videos: int | None, actor: str) -> RunView:
        parameters: dict[str, object] = {"creator": creator.id}
        if max_videos is not None and module.parameter("max_videos") is not None:
            parameters["max_videos"] = max_videos
        now = self._clock.now()
        run_id = new_run_id(module.id, now)
        await self._note(run_id, creator, now, actor)
        try:
            view = await self._runs.submit(module.id, parameters, actor=actor, run_id=run_id)
        except CenterError:
            await self._remember(run_id, creator.id, now, "failed", Counts(0, 0))
            raise
        self._follow(run_id, creator.id, now)
        self._tell(Fact("knowledge", "knowledge.fetch_begun", creator.id, actor, payload={"run_id": run_id}))
        return view

    async def _note(self, run_id: str, creator: Creator, now: datetime, actor: str) -> None:
        """Before there is a run, so that none is forgotten."""
        row = {
            "run_id": run_id,
            "creator_id": creator.id,
            "priority": creator.priority,
            "requested_by": actor,
            "queued_at": now,
            "status": "queued",
        }
        await self._database.write(lambda session: table.add_fetch(session, row))
        record = self.record(creator.id)
        assert record is not None
        await self._put({creator.id: record.tried(now)})

    def _follow(self, run_id: str, creator: str, asked_at: datetime) -> None:
        assert self._tasks is not None
        self._going[run_id] = creator
        self._tasks.spawn(self._followed(run_id, creator, asked_at), name=f"fetch of {creator}")

    async def _followed(self, run_id: str, creator: str, asked_at: datetime) -> None:
        while True:
            try:
                status, counts = await self._outcome(run_id)
                await self._remember(run_id, creator, asked_at, status, counts)
                break
            except DatabaseUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
        self._going.pop(run_id, None)
        payload = {"run_id": run_id, "status": status, **asdict(counts)}
        self._tell(Fact("knowledge", "knowledge.fetched", creator, payload=payload))

    async def _outcome(self, run_id: str) -> tuple[str, Counts]:
        """Waits for it."""
        try:
            status = (await self._runs.ended(run_id)).status
        except UnknownRun:  # noted, and never begun
            return "interrupted", Counts(0, 0)
        try:
            return status, await asyncio.to_thread(counted, await self._runs.log(run_id))
        except (UnknownRun, OSError) as error:
            log.warning("what %s has fetched cannot be counted: %s", run_id, error)
            return status, Counts(0, 0)

    async def _remember(self, run_id: str, creator: str, asked_at: datetime, status: str, counts: Counts) -> None:
        now = self._clock.now()

        async def end(session: AsyncSession) -> None:
            await table.end_fetch(session, run_id, status=status, at=now, **asdict(counts))
            await table.forget_fetches(session)

        await self._database.write(end)
        async with self._one:
            record = (await self._opened()).get(creator, Record(asked_at))
            await self._put({creator: record.ended(asked_at, status == "completed")})

    # What is remembered

    async def history(self, limit: int) -> tuple[Sequence[FetchRow], int]:
        """The newest first, and how many there are."""
        async with self._database.read() as session:
            return await table.fetches(session, limit), await table.count_fetches(session)

    def log_size(self, run_id: str) -> int:
        """Bytes of its log; 0 where it is gone."""
        try:
            return self._runs.folders.log(run_id, "utf-8").extent()[1]
        except (CenterError, OSError):
            return 0

    async def _opened(self) -> dict[str, Record]:
        if self._records is None:
            async with self._database.read() as session:
                rows = await table.creators(session)
            self._records = {
                row.creator_id: Record(row.since, row.fetched_at, row.tried_at, row.failures) for row in rows
            }
        return self._records

    async def _put(self, records: dict[str, Record]) -> None:
        rows = [{"creator_id": creator, **asdict(record)} for creator, record in records.items()]
        await self._database.write(lambda session: table.put_creators(session, rows))
        assert self._records is not None
        self._records.update(records)


def fetcher(spec: KnowledgeSpec, module: Callable[[str], Module]) -> Module:
    """The module that fetches. Raises `NoFetchModule`, and what `module` does where there is none of that name."""
    if spec.fetch is None:
        raise NoFetchModule("Write `fetch: MODULE` below `knowledge:` in control-center.yaml.")
    found = module(spec.fetch)
    if found.parameter("creator") is None:
        raise NoFetchModule(
            f"The module `{spec.fetch}` has no parameter `creator`, by which it is told from whom to fetch."
        )
    return found


def counted(log_: Log) -> Counts:
    """Blocking."""
    videos = insights = 0
    kept = b""
    for piece in log_.download():
        data = kept + piece
        cut = data.rfind(b"\n") + 1
        videos += data.count(VIDEO, 0, cut)
        insights += data.count(INSIGHT, 0, cut)
        kept = data[cut:][-65536:]
    return Counts(videos + kept.count(VIDEO), insights + kept.count(INSIGHT))
