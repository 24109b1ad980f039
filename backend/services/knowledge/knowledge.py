"""The knowledge base as the rest of the program has it: searched, listed, looked at, scanned."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from backend.core.clock import Clock
from backend.core.events import Fact
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.repositories.jobs import Job
from backend.services.definitions.faults import nearest
from backend.services.jobs import Jobs
from backend.services.knowledge.creators import CREATORS, ROUTING, Creator, Metadata, read_metadata
from backend.services.knowledge.errors import NotScannable, UnknownCreator
from backend.services.knowledge.fetching import Fetching
from backend.services.knowledge.files import File, Insights, insights_of, key_of_path
from backend.services.knowledge.index import Figures, Hits, Index, Page, Wanted
from backend.services.knowledge.keeping import Keeping
from backend.services.knowledge.query import parse
from backend.services.knowledge.scans import PastScans, Scans
from backend.services.knowledge.spec import KnowledgeSpec

READERS = 2  # searches and lists at once; more of them wait, and the daemon's other threads do not
RECENT = timedelta(days=7)
_KEY = re.compile(r"[0-9a-f]{20}")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document:
    file: File
    insights: Insights
    text: str


@dataclass(frozen=True, slots=True)
class State:
    """How the index stands. `scan` is the one that waits or goes; `not_watched` why changes are only seen by looking;
    `failed` why the last scan has failed, and `unread` what it could not look into."""

    figures: Figures
    spec: KnowledgeSpec
    scan: Job | None
    not_watched: str | None
    failed: str | None
    unread: tuple[str, ...]

    @property
    def trouble(self) -> tuple[str, ...]:
        """What keeps the index from being up to date."""
        failed = [f"the last scan has failed: {self.failed}"] if self.failed else []
        unheard = f"changes are only seen by looking, every half minute: {self.not_watched}"
        return (*failed, *([unheard] if self.not_watched else []), *self.unread)


class Knowledge:
    """`path` is the file of the index; `spec` gives what the configuration says now."""

    def __init__(
        self,
        *,
        path: Path,
        spec: Callable[[], KnowledgeSpec],
        database: Database,
        jobs: Jobs,
        tell: Callable[[Fact], object],
        clock: Clock,
        hide: Callable[[str], str],
        fetching: Fetching,
    ) -> None:
        self.spec = spec
        self.fetching = fetching
        self._clock = clock
        self._metadata = Metadata()
        self._metadata_files: tuple[File, ...] = ()
        self._scans = Scans(database, jobs, clock, hide)
        self._keeping = Keeping(path=path, spec=spec, scans=self._scans, tell=tell, clock=clock)
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="knowledge")
        self.configuration_changed = self._keeping.look_again

    @asynccontextmanager
    async def kept(self, tasks: Tasks) -> AsyncIterator[None]:
        """Inside, the index follows what is on disk."""
        try:
            async with self._keeping.kept(tasks):
                self.fetching.begin(tasks)
                yield
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def scan(self, *, anew: bool = False, actor: str = "local") -> Job:
        """Looks through all roots soon; `anew` reads every file again. Raises `NotScannable` and
        `DatabaseUnavailable`."""
        if not self.spec().roots:
            raise NotScannable("No roots are declared. Write `knowledge: {roots: [...]}` into control-center.yaml.")
        return await self._keeping.ask(anew=anew, actor=actor)

    @property
    def process(self) -> int | None:
        """The pid of the process that reads files, where it lives."""
        return self._keeping.indexer.pid

    async def state(self) -> State:
        since = self._clock.now() - RECENT
        return State(
            figures=await self._read(lambda index: index.figures(since)),
            spec=self.spec(),
            scan=self._scans.current,
            not_watched=self._keeping.not_watched,
            failed=self._keeping.failed,
            unread=self._keeping.unread,
        )

    async def trouble(self) -> tuple[str, ...]:
        """What keeps the index from being up to date, and what is wrong in the metadata. Raises `IndexUnavailable`."""
        state, metadata = await self.state(), await self.metadata()
        return (*state.trouble, *map(str, metadata.wrong))

    async def search(self, text: str, *, wanted: Wanted, limit: int, offset: int = 0) -> Hits:
        """The best first. Raises `SearchTooLong` and `IndexUnavailable`."""
        query = parse(text).narrowed(wanted.conditions())
        return await self._read(lambda index: index.search(query, limit, offset))

    async def files(self, wanted: Wanted, *, limit: int, offset: int = 0) -> Page:
        """The newest first."""
        return await self._read(lambda index: index.page(wanted, limit, offset))

    async def document(self, file_id: str) -> Document:
        """By its id, or by its whole path in base64. Raises `UnknownFile`."""
        key = file_id if _KEY.fullmatch(file_id) else key_of_path(file_id, map(str, self.spec().roots))
        return await self._read(partial(_document, key or ""))

    async def named(self, patterns: Sequence[str]) -> tuple[File, ...]:
        """Files whose name is like one of these (`%` is anything)."""
        return await self._read(lambda index: index.named(patterns))

    async def of_creator(self, creator: str, limit: int) -> Page:
        return await self._read(lambda index: index.of_creator(creator, limit))

    async def counts_by_owner(self) -> Mapping[str, int]:
        """Files by the folder of an agent, and by the id of a lower one, in small letters."""
        return await self._read(lambda index: index.counts_by_owner())

    async def metadata(self) -> Metadata:
        """Creators, tiers and rules of routing, as the metadata files in the index say."""
        files = await self.named((CREATORS, ROUTING))
        if files != self._metadata_files:
            texts = [(one.path, (await self.document(one.id)).text) for one in files]
            self._metadata = await asyncio.to_thread(read_metadata, texts)
            self._metadata_files = files
        return self._metadata

    async def creator(self, creator_id: str) -> Creator:
        """Raises `UnknownCreator`."""
        creators = (await self.metadata()).creators
        if (found := creators.get(creator_id)) is not None:
            return found
        meant = nearest(creator_id, creators)
        hint = f"; did you mean `{meant}`?" if meant else ". GET /api/knowledge/creators lists those that there are."
        raise UnknownCreator(f"There is no creator `{creator_id}`{hint}")

    async def due(self) -> list[Creator]:
        """From whom is to be fetched now. Raises `DatabaseUnavailable`."""
        return await self.fetching.due(list((await self.metadata()).creators.values()))

    async def past_scans(self, limit: int) -> PastScans:
        """The newest first. Raises `DatabaseUnavailable`."""
        return await self._scans.past(limit)

    async def _read(self, look: Callable[[Index], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, look, self._keeping.index)


def _document(file_id: str, index: Index) -> Document:
    file, text = index.file(file_id)
    return Document(file, insights_of(file, text), text)
