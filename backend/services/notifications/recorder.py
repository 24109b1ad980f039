"""Brings messages into the database without letting anybody wait for it.

While the database does not answer, what has changed waits in memory, of each message as it is last: nothing is kept
from being sent. A daemon that is killed between sending and recording has the message sent again by the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from backend.core.errors import CenterError
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.pending import Pending
from backend.database.repositories import notifications as table
from backend.database.tables.notifications import DeliveryRow

log = logging.getLogger(__name__)

TOGETHER = 0.05  # seconds within which changes are written together
RETRY = 0.5  # seconds
MOST_CHANGED = 5000  # messages, while the database does not answer


class Recorder:
    def __init__(self, database: Database, tasks: Tasks) -> None:
        self._database = database
        self._changed: dict[int, dict[str, Any]] = {}
        self._pending = Pending()
        self._complained = False
        tasks.spawn(self._keep_storing(), name="records of messages")

    def changed(self, row: DeliveryRow) -> None:
        self._changed.pop(row.id, None)
        self._changed[row.id] = {name: getattr(row, name) for name in table.COLUMNS}
        while len(self._changed) > MOST_CHANGED:
            del self._changed[next(iter(self._changed))]
        self._pending.mark()

    async def stored(self, patience: float) -> bool:
        """What has changed until now is stored; False when that takes longer than `patience` seconds."""
        return await self._pending.stored(patience)

    async def _keep_storing(self) -> None:
        while True:
            await self._pending.gathered(TOGETHER)
            while self._changed:
                await self._store(dict(self._changed))
            self._pending.settle()

    async def _store(self, changed: Mapping[int, Mapping[str, Any]]) -> None:
        """In one unit: the newest event in the table is the one up to which all is stored."""
        try:
            await self._database.write(partial(table.store, rows=list(changed.values())))
        except CenterError as error:
            self._complain(error)
            await asyncio.sleep(RETRY)
            return
        except Exception:
            log.exception("what became of %d messages could not be stored", len(changed))
        else:
            self._complained = False
        for delivery, values in changed.items():
            if self._changed.get(delivery) is values:
                del self._changed[delivery]

    def _complain(self, error: CenterError) -> None:
        """Once for each outage."""
        if not self._complained:
            log.warning("what became of messages waits for the database: %s", error.detail)
        self._complained = True
