"""An event loop whose time is virtual: whoever waits has waited already, so an hour of supervision takes milliseconds.

Nothing real may be waited for in it: no socket, no process, no thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Stuck(AssertionError):
    """Everybody waits and nothing is on its way: without the test's own deadline this would be for ever."""


class _Skipper:
    """Stands where a loop has its selector: waiting for `timeout` seconds is to have waited."""

    def __init__(self) -> None:
        self.now = 0.0

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise Stuck("nothing is on its way any more")
        self.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """What is given to a thread is done at once instead."""

    def __init__(self) -> None:
        super().__init__()
        self._skipper = _Skipper()
        self.__dict__.update(_selector=self._skipper, _clock_resolution=1e-9)

    def time(self) -> float:
        return self._skipper.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


class LoopClock:
    """The clocks of a virtual loop. `jump` moves the wall clock alone."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._wall = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self._wall + timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        return 1000.0 + self._loop.time()

    def jump(self, seconds: float) -> None:
        self._wall += timedelta(seconds=seconds)
