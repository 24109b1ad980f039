"""Brings calls into the database without letting anybody wait for it: together, priced, and in the order they came.

While the database does not answer they wait in memory, up to a bound, and are written when it answers again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC
from functools import partial

from backend.core.errors import CenterError
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.pending import Pending
from backend.database.repositories import usage as table
from backend.database.repositories.usage import Record
from backend.services.usage.budgets import Spent
from backend.services.usage.kept import kept, text
from backend.services.usage.model import Call
from backend.services.usage.prices import PriceList

log = logging.getLogger(__name__)

TOGETHER = 0.2  # seconds within which calls are written together, unless somebody asks for them
RETRY = 0.5  # seconds
MOST_WAITING = 50_000  # calls, while the database does not answer
MOST = 500  # in one unit of work
FLUSH_LIMIT = 2.0  # seconds that leaving waits for the database


class Recorder:
    """`spent` hears what calls cost as soon as that is known, before it is stored. Nothing is stored before `open`, so
    that what was spent before can be read without what is spent now."""

    def __init__(
        self, database: Database, prices: PriceList, tasks: Tasks, spent: Callable[[Sequence[Spent]], None]
    ) -> None:
        self._database = database
        self._prices = prices
        self._spent = spent
        self._waiting: list[Call] = []
        self._priced: list[Record] = []
        self._opened = asyncio.Event()
        self._pending = Pending()
        self._complained = False
        tasks.spawn(self._keep_storing(), name="usage records")

    def open(self) -> None:
        self._opened.set()

    def add(self, call: Call) -> None:
        self._waiting.append(call)
        self._pending.mark()

    async def store(self, call: Call) -> Record:
        """Now, and alone. Raises `DatabaseUnavailable`; the call is not recorded then."""
        await self._opened.wait()
        (record,) = await asyncio.to_thread(self._price, [call])
        await self._database.write(partial(table.add, records=[record]))
        self._spent([spent_by(record)])
        return record

    async def flush(self) -> None:
        if not await self.stored(FLUSH_LIMIT):
            log.warning("the use of %d calls could not be stored", len(self._waiting) + len(self._priced))

    async def stored(self, patience: float) -> bool:
        """Writes at once what was added; False when that takes longer than `patience` seconds."""
        return await self._pending.stored(patience)

    async def _keep_storing(self) -> None:
        while True:
            await self._pending.gathered(TOGETHER)
            if self._waiting:
                await self._price_those_waiting()
            await self._store_those_priced()
            self._pending.settle()

    async def _price_those_waiting(self) -> None:
        calls, self._waiting = self._waiting, []
        records = await asyncio.to_thread(self._price, calls)
        self._spent([spent_by(record) for record in records])
        self._priced += records
        if len(self._priced) > MOST_WAITING:
            log.error("%d calls are lost: the database has not answered for long", len(self._priced) - MOST_WAITING)
            self._priced = self._priced[-MOST_WAITING:]

    async def _store_those_priced(self) -> None:
        await self._opened.wait()
        most = MOST
        while self._priced:
            batch = self._priced[:most]
            try:
                await self._database.write(partial(table.add, records=batch))
            except CenterError as error:
                self._complain(error)
                await asyncio.sleep(RETRY)
                self._pending.mark()
                return
            except Exception:
                if len(batch) > 1:  # whichever it is shall not take the others with it
                    most = 1
                    continue
                log.exception("a call of %s could not be stored", batch[0].provider)
            else:
                self._complained = False
            self._priced = self._priced[len(batch) :]

    def _complain(self, error: CenterError) -> None:
        """Once for each outage."""
        if not self._complained:
            log.warning("the use of APIs waits for the database: %s", error.detail)
        self._complained = True

    def _price(self, calls: Sequence[Call]) -> list[Record]:
        return [self._record(call) for call in calls]

    def _record(self, call: Call) -> Record:
        used, owner = call.used, call.owner
        priced = None
        if used is not None:
            try:
                priced = self._prices.price(call.provider, call.model, used, call.at)
            except Exception:
                log.exception("no price can be worked out for %s of %s", call.model, call.provider)
        tokens = None if used is None else used.tokens
        model = call.model or (None if used is None else used.model)
        return Record(
            at=call.at,
            provider=call.provider,
            model=None if model is None else text(model),
            service=None if owner is None else owner.service,
            run_id=None if owner is None else owner.run_id,
            reported=call.reported,
            endpoint=call.endpoint,
            outcome=call.outcome,
            status=call.status,
            streamed=call.streamed,
            input_tokens=None if tokens is None else tokens.input,
            cache_read_tokens=None if tokens is None else tokens.cache_read,
            cache_write_tokens=None if tokens is None else tokens.cache_write,
            cache_write_1h_tokens=None if tokens is None else tokens.cache_write_1h,
            output_tokens=None if tokens is None else tokens.output,
            reasoning_tokens=None if tokens is None else tokens.reasoning,
            cost=None if priced is None else priced.cost,
            price=None if priced is None else priced.row,
            usage=None if used is None else kept(used.raw),
            first_byte=call.first_byte,
            first_token=call.first_token,
            seconds=call.seconds,
            unmetered=call.unmetered,
        )


def spent_by(record: Record) -> Spent:
    return Spent(
        day=record.at.astimezone(UTC).date(),
        service=record.service,
        provider=record.provider,
        model=record.model,
        cost=record.cost or 0.0,
        unknown_calls=int(record.unpriced or record.unmetered),
    )
