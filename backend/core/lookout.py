"""Waiting for what has to be looked for again and again, such as that a file has changed.

Looks are a thread's own: as long as there is nothing to see, the event loop is not woken, and a disk that does not
answer holds up nobody else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Event, Thread

SHARE = 20  # looking takes at most one part in so many of the time


class Lookout:
    """`is_there` is called from the thread, every so many seconds."""

    def __init__(self, is_there: Callable[[], bool], *, every: float, name: str) -> None:
        self._is_there, self._every, self._name = is_there, every, name
        self._woken = Event()

    def hurry(self) -> None:
        """Looks at once."""
        self._woken.set()

    async def wait(self) -> None:
        """Until it is there. Raises what looking raises. One waits at a time."""
        seen: Future[None] = Future()
        Thread(target=self._look_out, args=(seen,), name=self._name, daemon=True).start()
        try:
            await asyncio.wrap_future(seen)
        except asyncio.CancelledError:
            seen.cancel()
            self._woken.set()  # nobody waits any more, so the thread need not either
            raise

    def _look_out(self, seen: Future[None]) -> None:
        try:
            self._until_there(seen)
        except BaseException as error:
            if seen.set_running_or_notify_cancel():
                seen.set_exception(error)
        else:
            if seen.set_running_or_notify_cancel():
                seen.set_result(None)

    def _until_there(self, seen: Future[None]) -> None:
        pause = self._every
        while not seen.cancelled():
            self._woken.wait(pause)
            self._woken.clear()
            begun = time.monotonic()
            if not seen.cancelled() and self._is_there():
                return
            pause = max(self._every, SHARE * (time.monotonic() - begun))
