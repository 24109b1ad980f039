"""How news travels inside the daemon.

`Bus` is for facts: every subscriber gets every item, in order, in a room of its own; one that overruns its room is
closed, never silently skipped. `Latest` is for samples: a slow subscriber gets the newest, never a queue of old ones.
Neither ever waits for a subscriber.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Overrun(Exception):
    """The subscriber was too slow: its room is full and it has been closed."""


class Subscription(Generic[T]):
    def __init__(self, room: int) -> None:
        self._items: deque[T] = deque()
        self._room = room
        self._ready = asyncio.Event()
        self._overrun = False

    def offer(self, item: T) -> None:
        if self._overrun:
            return
        if len(self._items) >= self._room:
            self._overrun = True
            self._items.clear()
        else:
            self._items.append(item)
        self._ready.set()

    async def take(self) -> list[T]:
        """All that waits, at least one item; raises `Overrun` when the room was too small."""
        await self._ready.wait()
        if self._overrun:
            raise Overrun
        self._ready.clear()
        items = list(self._items)
        self._items.clear()
        return items


class Bus(Generic[T]):
    def __init__(self) -> None:
        self._subscriptions: set[Subscription[T]] = set()

    def publish(self, item: T) -> None:
        for subscription in tuple(self._subscriptions):
            subscription.offer(item)

    @contextmanager
    def subscribe(self, room: int = 1000) -> Iterator[Subscription[T]]:
        subscription: Subscription[T] = Subscription(room)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)


class Latest(Generic[T]):
    """The newest value of something that is measured again and again.

    `on_follow` is called whenever somebody begins to follow, before the present value is read: what is measured only
    while it is watched begins there.
    """

    def __init__(self, on_follow: Callable[[], None] | None = None) -> None:
        self.value: T | None = None
        self._on_follow = on_follow
        self._waiters: set[asyncio.Event] = set()

    @property
    def watched(self) -> bool:
        return bool(self._waiters)

    def publish(self, value: T) -> None:
        self.value = value
        for waiter in self._waiters:
            waiter.set()

    async def follow(self) -> AsyncGenerator[T, None]:
        """The present value, if there is one, then each newest one."""
        waiter = asyncio.Event()
        if self._on_follow is not None:
            self._on_follow()
        self._waiters.add(waiter)
        if self.value is not None:
            waiter.set()
        try:
            while True:
                await waiter.wait()
                waiter.clear()
                if self.value is not None:
                    yield self.value
        finally:
            self._waiters.discard(waiter)
