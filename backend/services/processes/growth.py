"""Wakes those who follow a log when it has new bytes; nobody polls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Growth:
    """`ask` is called with the path and whether it is to be told of, when the first begins to follow it and when the
    last one leaves: what nobody follows costs nothing."""

    def __init__(self, ask: Callable[[str, bool], None]) -> None:
        self._ask = ask
        self._watchers: dict[str, set[asyncio.Event]] = {}

    def watched(self, path: str) -> bool:
        return path in self._watchers

    def tell(self, path: str) -> None:
        for watcher in self._watchers.get(path, ()):
            watcher.set()

    @contextmanager
    def watch(self, path: str, grew: asyncio.Event | None = None) -> Iterator[asyncio.Event]:
        """An event, one of the watcher's own where it gives one, that is set whenever the log grew; the watcher clears
        it."""
        grew = grew or asyncio.Event()
        first = path not in self._watchers
        self._watchers.setdefault(path, set()).add(grew)
        if first:
            self._ask(path, True)
        try:
            yield grew
        finally:
            self._watchers[path].discard(grew)
            if not self._watchers[path]:
                del self._watchers[path]
                self._ask(path, False)
