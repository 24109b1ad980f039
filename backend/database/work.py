"""The one task that writes.

Callers hand it a unit of work and wait for the outcome. A caller that is cancelled stops waiting and no more: the
unit runs to its end, for a driver that is interrupted in mid-statement is a connection lost. A unit begins with the
write lock, commits when it returns, and leaves nothing behind when it raises.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, AsyncTransaction

from backend.core.clock import Clock
from backend.database.engine import DRIVER_ERRORS, DatabaseUnavailable, is_locked, why_unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[AsyncSession], Awaitable[T]]

PATIENCE = 30.0  # seconds that a unit waits for a lock which another program holds


@dataclass(frozen=True, slots=True)
class _Unit:
    work: Work[Any]
    done: asyncio.Future[Any]
    deadline: float


class Writer:
    """`trouble` is why the last unit could not be written, None while all is well, and `on_trouble` is called with each
    change of it; `written` is set at each commit, and `written_at` is its time on the monotonic clock."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self.on_trouble: Callable[[str | None], None] = lambda trouble: None
        self.written = asyncio.Event()
        self.written_at = clock.monotonic()
        self._trouble: str | None = None
        self._engine = engine
        self._clock = clock
        self._connection: AsyncConnection | None = None
        self._units: asyncio.Queue[_Unit | None] = asyncio.Queue()
        self._closing_at: float | None = None
        self._task = asyncio.get_running_loop().create_task(self._run(), name="database writer")

    @property
    def trouble(self) -> str | None:
        return self._trouble

    @trouble.setter
    def trouble(self, trouble: str | None) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            self.on_trouble(trouble)

    async def write(self, work: Work[T]) -> T:
        """What `work` returns, once it is committed.

        Raises what `work` raises, or `DatabaseUnavailable` when the lock is not to be had for `PATIENCE` seconds, the
        disk is full, and so on; nothing is written then.
        """
        if self._closing_at is not None:
            raise DatabaseUnavailable("it is closed")
        if asyncio.current_task() is self._task:
            raise RuntimeError("a unit of work must not wait for another one: use the session that it was given")
        unit = _Unit(work, asyncio.get_running_loop().create_future(), self._clock.monotonic() + PATIENCE)
        self._units.put_nowait(unit)
        try:
            await asyncio.wait((unit.done,))  # unlike awaiting the future, this leaves it alone when cancelled
        except asyncio.CancelledError:
            unit.done.add_done_callback(_report_unheard)
            raise
        result: T = unit.done.result()
        return result

    async def close(self, grace: float) -> None:
        """Write what waits, for at most about `grace` seconds where a lock is in the way."""
        if self._closing_at is None:
            self._closing_at = self._clock.monotonic() + grace
            self._units.put_nowait(None)
        await asyncio.wait((self._task,))

    async def _run(self) -> None:
        while (unit := await self._units.get()) is not None:
            try:
                result = await self._perform(unit)
            except Exception as error:
                unit.done.set_exception(error)
            except BaseException as error:
                unit.done.cancel()
                if not isinstance(error, asyncio.CancelledError) or self._task.cancelling():
                    raise
            else:
                unit.done.set_result(result)
        await self._let_go()

    async def _perform(self, unit: _Unit) -> Any:
        try:
            result = await self._transact(unit)
        except BaseException as error:
            await self._let_go()
            reason = why_unavailable(error)
            if reason is None:
                raise
            self.trouble = reason
            raise DatabaseUnavailable(reason) from error
        self.trouble = None
        self.written.set()
        self.written_at = self._clock.monotonic()
        return result

    async def _transact(self, unit: _Unit) -> Any:
        if self.trouble is not None and self._given_up():
            raise DatabaseUnavailable(self.trouble)
        if self._connection is None:
            self._connection = await self._engine.connect()
        transaction = await self._begin(self._connection, unit.deadline)
        async with AsyncSession(self._connection, expire_on_commit=False) as session:
            result = await unit.work(session)
            await session.flush()
        await transaction.commit()
        return result

    async def _let_go(self) -> None:
        """Give the connection back, with all that is not committed undone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await connection.rollback()
            finally:
                await connection.close()

    async def _begin(self, connection: AsyncConnection, deadline: float) -> AsyncTransaction:
        while True:
            try:
                return await connection.begin()
            except DRIVER_ERRORS as error:
                if not is_locked(error) or self._clock.monotonic() >= deadline or self._given_up():
                    raise
                self.trouble = why_unavailable(error)
                await asyncio.sleep(0.01)

    def _given_up(self) -> bool:
        """Whether closing has waited long enough for what stands in the way."""
        return self._closing_at is not None and self._clock.monotonic() >= self._closing_at


def _report_unheard(done: asyncio.Future[Any]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.error("a write whose caller had gone failed: %s", error, exc_info=error)
