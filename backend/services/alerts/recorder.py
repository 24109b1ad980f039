"""Writes what became of alerts into the database, without letting anybody wait for it.

What was told of an alert is stored with its row in one unit of work. While the database does not answer all of it waits
here, and is written when it answers again.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from backend.core.errors import CenterError
from backend.core.tasks import Tasks
from backend.database.journal import Journal
from backend.database.pending import Pending
from backend.database.repositories import alerts as table
from backend.database.repositories.alerts import Record, Silence
from backend.database.work import Work

log = logging.getLogger(__name__)

TOGETHER = 0.02  # seconds within which changes are written together
RETRY = 0.5  # seconds
FLUSH_LIMIT = 2.0  # seconds that leaving waits for the database


class Recorder:
    def __init__(self, journal: Journal, tasks: Tasks) -> None:
        self._journal = journal
        self._records: dict[int, Record] = {}
        self._silences: dict[str, Silence | None] = {}  # None for a rule that may be heard again
        self._pending = Pending()
        self._complained = False
        tasks.spawn(self._keep_storing(), name="alert records")

    def alert(self, record: Record) -> None:
        self._records[record.id] = record
        self._pending.mark()

    def silence(self, rule: str, silence: Silence | None) -> None:
        self._silences[rule] = silence
        self._pending.mark()

    async def stored(self, patience: float = FLUSH_LIMIT) -> bool:
        """Writes at once what was told; False when that takes longer than `patience` seconds."""
        return await self._pending.stored(patience)

    async def _keep_storing(self) -> None:
        while True:
            await self._pending.gathered(TOGETHER)
            await self._store()
            self._pending.settle()

    async def _store(self) -> None:
        records: dict[int, Record] = {}
        silences: dict[str, Silence | None] = {}

        def prepare() -> Work[None]:
            nonlocal records, silences
            records, self._records = self._records, {}
            silences, self._silences = self._silences, {}
            return partial(
                table.store,
                records=list(records.values()),
                silenced={rule: one for rule, one in silences.items() if one is not None},
                heard=[rule for rule, one in silences.items() if one is None],
            )

        try:
            await self._journal.write(prepare)
        except CenterError as error:
            self._complain(error)
            self._records = {**records, **self._records}
            self._silences = {**silences, **self._silences}
            self._pending.mark()
            await asyncio.sleep(RETRY)
        except Exception:
            log.exception("%d alerts could not be stored", len(records))
        else:
            self._complained = False

    def _complain(self, error: CenterError) -> None:
        """Once for each outage."""
        if not self._complained:
            log.warning("alerts wait for the database: %s", error.detail)
        self._complained = True
