"""All figures at the moment of a scrape. Counts what happens from the daemon's start on; everything else is read."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from backend import __version__
from backend.core.bus import Overrun
from backend.core.errors import CenterError
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.engine import DatabaseUnavailable
from backend.database.history import Told, follow
from backend.database.journal import Journal
from backend.database.repositories.usage import Which
from backend.services.knowledge.knowledge import Knowledge
from backend.services.metrics.reading import Reading
from backend.services.metrics.tally import Tally
from backend.services.supervisor.board import Board
from backend.services.system import System
from backend.services.usage.ledger import UsageLedger

if TYPE_CHECKING:
    from backend.services.metrics.exposition import Exposition

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE = 3.0  # seconds that one area may take: a scrape has ten by default
AGAIN = 5.0  # seconds until a past that could not be read is asked for again


class Firing(Protocol):
    """An alert."""

    @property
    def rule(self) -> str: ...

    @property
    def severity(self) -> str: ...


class Metrics:
    """`used` tells the last value of a metric of history, `runs` are the unfinished ones by status, `firing` the alerts
    that do."""

    def __init__(
        self,
        *,
        started_at: datetime,
        system: System,
        board: Board,
        used: Callable[[str], float | None],
        runs: Callable[[], Mapping[str, int]],
        ledger: UsageLedger,
        knowledge: Knowledge,
        firing: Callable[[], Iterable[Firing]],
    ) -> None:
        self._started_at = started_at
        self._system = system
        self._board = board
        self._used = used
        self._runs = runs
        self._ledger = ledger
        self._knowledge = knowledge
        self._firing = firing
        self._tally = Tally()
        self._exposition: Exposition | None = None

    def begin(self, database: Database, journal: Journal, tasks: Tasks) -> None:
        tasks.spawn(self._count(database, journal), name="counted facts")

    async def exposition(self, accept: str) -> tuple[bytes, str]:
        """The text, and its media type by what the `Accept` header prefers. Never fails: what does not answer is
        missing in it."""
        reading = await self._read()
        return await asyncio.to_thread(self._expose, reading, accept)

    def _expose(self, reading: Reading, accept: str) -> tuple[bytes, str]:
        from backend.services.metrics.exposition import Exposition

        self._exposition = self._exposition or Exposition()
        return self._exposition.of(reading, accept)

    async def _read(self) -> Reading:
        machine, spent, knowledge = await asyncio.gather(
            _in_time(self._system.stats()),
            _in_time(self._ledger.sums(Which(date.min, date.max), ("provider", "model"))),
            _in_time(self._knowledge.state()),
        )
        services = self._board.views(figures=False)
        return Reading(
            version=__version__,
            started_at=self._started_at,
            machine=machine,
            services=services,
            used={
                one.id: (self._used(f"service:{one.id}:cpu"), self._used(f"service:{one.id}:memory"))
                for one in services
            },
            runs=self._runs(),
            spent=spent,
            budgets=self._ledger.standings() if self._ledger.begun else (),
            knowledge=None if knowledge is None or not knowledge.spec.roots else knowledge.figures,
            firing=self._fire(),
            counts=self._tally.counts(),
        )

    def _fire(self) -> Mapping[tuple[str, str], int] | None:
        """By rule and severity."""
        try:
            return Counter((one.rule, one.severity) for one in self._firing())
        except CenterError as error:
            log.info("alerts are missing in /metrics: %s", error)
            return None

    async def _count(self, database: Database, journal: Journal) -> None:
        """Each fact once: also those that were told before this area was opened, or while nobody could keep up."""
        counted = journal.earlier_seq
        while True:
            try:
                async with aclosing(follow(database, journal, counted)) as news:
                    async for one in news:
                        if isinstance(one, Told):
                            self._tally.count(one.event.fact)
                            counted = one.event.seq
            except Overrun:
                log.info("facts come faster than they are counted; those that were missed are read again")
            except DatabaseUnavailable as error:
                log.info("facts are not counted now: %s", error.reason)
                await asyncio.sleep(AGAIN)


async def _in_time(asked: Awaitable[T]) -> T | None:
    try:
        return await asyncio.wait_for(asked, PATIENCE)
    except (CenterError, TimeoutError) as error:
        log.info("figures for /metrics are missing: %s", error)
        return None
