"""Removes what need not be kept: in units of work so small that others write and read between them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import CenterError
from backend.database.database import Database

log = logging.getLogger(__name__)

BATCH = 500  # rows in one unit of work
PAUSE = 0.1  # seconds between two units
FIRST = 60.0  # seconds after the start, which has other things to do
EVERY = 3600.0  # seconds


class Prune(Protocol):
    async def __call__(self, session: AsyncSession, *, most: int) -> int:
        """Removes up to `most` rows; how many went, 0 where none is left."""


async def forget(database: Database, prune: Prune) -> int:
    """All of it; how many rows went. Raises `DatabaseUnavailable`."""
    gone = 0
    while removed := await database.write(partial(prune, most=BATCH)):
        gone += removed
        await asyncio.sleep(PAUSE)
    return gone


async def keep_forgetting(what: str, forget_old: Callable[[], Awaitable[object]]) -> None:
    """Until cancelled. `what` is how the log names it, in the plural."""
    await asyncio.sleep(FIRST)
    while True:
        try:
            await forget_old()
        except CenterError as error:
            log.warning("old %s stay for now: %s", what, error.detail)
        await asyncio.sleep(EVERY)
