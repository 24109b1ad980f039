"""What is published, awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

from backend.core.bus import Latest

T = TypeVar("T")


async def follow(latest: Latest[T]) -> AsyncGenerator[T, None]:
    """The present value, if there is one, then whatever is the newest whenever the next one is asked for."""
    told: asyncio.Queue[T] = asyncio.Queue()
    with latest.told_to(told.put_nowait):
        while True:
            newest = await told.get()
            while not told.empty():
                newest = told.get_nowait()
            yield newest
