"""How news travels inside the daemon.

`Bus` is for facts: every subscriber gets every item, in order, in a room of its own; one that overruns its room is
closed, never silently skipped. `Latest` is for samples: who hears it keeps the newest, never a queue of old ones.
Neither ever waits for a subscriber.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
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
        self._hearers: set[Callable[[T], None]] = set()

    @property
    def watched(self) -> bool:
        return bool(self._hearers)

    def publish(self, value: T) -> None:
        self.value = value
        for hear in tuple(self._hearers):
            hear(value)

    @contextmanager
    def told_to(self, hear: Callable[[T], None]) -> Iterator[None]:
        """Calls `hear` with the present value, if there is one, then with each new one, which it must not raise for and
        not wait with."""
        if self._on_follow is not None:
            self._on_follow()
        self._hearers.add(hear)
        try:
            if self.value is not None:
                hear(self.value)
            yield
        finally:
            self._hearers.discard(hear)
