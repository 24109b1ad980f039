"""A thread for calls that may never come back: a driver that hangs holds up neither others' work nor the daemon's
end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

Result = TypeVar("Result")


class OwnThread:
    """Does one call after the other."""

    def __init__(self, name: str) -> None:
        self._orders: SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = SimpleQueue()
        Thread(target=self._work, name=name, daemon=True).start()

    async def do(self, call: Callable[[], Result]) -> Result:
        done: Future[Result] = Future()
        self._orders.put((call, done))
        return await asyncio.wrap_future(done)

    def end(self, last: Callable[[], None]) -> None:
        """The thread does this too, and is over; nobody waits for it."""
        self._orders.put((last, Future()))
        self._orders.put(None)

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            call, done = order
            if not done.set_running_or_notify_cancel():
                continue
            try:
                done.set_result(call())
            except BaseException as error:
                done.set_exception(error)
