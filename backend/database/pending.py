"""That something waits to be written: how long more of it may gather, and when all of it is stored."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Pending:
    def __init__(self) -> None:
        self._dirty = asyncio.Event()
        self._hurry = asyncio.Event()
        self._clean = asyncio.Event()
        self._clean.set()

    def mark(self) -> None:
        """There is something to write."""
        self._dirty.set()
        self._clean.clear()

    async def gathered(self, together: float) -> None:
        """Waits until there is something to write, and for so many seconds more unless it is wanted at once."""
        await self._dirty.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(together):
                await self._hurry.wait()
        self._dirty.clear()
        self._hurry.clear()

    def settle(self) -> None:
        """What had gathered is written; it is all that there was, where nothing has been marked since."""
        if not self._dirty.is_set():
            self._clean.set()
            self._hurry.clear()  # nobody waits any longer

    async def stored(self, patience: float) -> bool:
        """Has all of it written at once; False when that takes longer than `patience` seconds."""
        if self._clean.is_set():
            return True
        self._hurry.set()
        try:
            async with asyncio.timeout(patience):
                await self._clean.wait()
        except TimeoutError:
            return False
        return True
