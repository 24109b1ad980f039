"""A session whose statements always run to their end.

A driver that is interrupted in mid-statement costs its connection, and leaves the statement open behind it. So a caller
that is cancelled while it reads is let go when the statement is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession


class ReadingSession(AsyncSession):
    async def execute(self, *args: Any, **options: Any) -> Any:
        return await _to_its_end(super().execute(*args, **options))

    async def scalar(self, *args: Any, **options: Any) -> Any:
        return await _to_its_end(super().scalar(*args, **options))

    async def scalars(self, *args: Any, **options: Any) -> Any:
        return await _to_its_end(super().scalars(*args, **options))

    async def get(self, *args: Any, **options: Any) -> Any:
        return await _to_its_end(super().get(*args, **options))


async def _to_its_end(statement: Coroutine[Any, Any, Any]) -> Any:
    running = asyncio.ensure_future(statement)
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait((running,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        running.exception()  # heard, though nobody wants it any more
        raise cancelled
    return running.result()
