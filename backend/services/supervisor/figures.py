"""What services use and which processes are theirs: measured for all at once, and only while somebody looks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.services.processes.runtime import KeeperAway, Runtime
from backend.services.supervisor.views import Usage

log = logging.getLogger(__name__)

LOOKED_LATELY = 10.0  # seconds after a look during which figures are kept fresh


class Figures:
    """`trees` says which service each tree belongs to; `used` tells what each service uses."""

    def __init__(
        self,
        runtime: Runtime,
        trees: Mapping[str, str],
        clock: Clock,
        used: Callable[[], Awaitable[Mapping[str, Usage]]],
        interval: float,
    ) -> None:
        self.usage: Mapping[str, Usage] = {}
        self._runtime = runtime
        self._trees = trees
        self._clock = clock
        self._used = used
        self._interval = interval
        self._owners: dict[int, str] = {}
        self._looked_at = self._members_at = float("-inf")
        self._looks = asyncio.Event()

    def somebody_looks(self) -> None:
        self._looked_at = self._clock.monotonic()
        self._looks.set()

    def started(self, pid: int, service: str) -> None:
        self._owners[pid] = service

    async def owner_of(self, pids: Collection[int]) -> Mapping[int, str]:
        """Those of the pids that belong to a service, as of a look at the trees at most one interval ago."""
        if pids and self._clock.monotonic() - self._members_at > self._interval:
            await self.members()
        return {pid: self._owners[pid] for pid in pids if pid in self._owners}

    async def owners(self, max_age: float) -> Mapping[int, str]:
        """The service of each of their processes, as of a look at the trees at most `max_age` seconds ago, and of roots
        that have started since."""
        if self._clock.monotonic() - self._members_at > max_age:
            await self.members()
        return self._owners

    async def members(self) -> Mapping[str, list[int]]:
        """The living processes of each service, children included."""
        try:
            members = await self._runtime.members()
        except KeeperAway:
            return {}
        found = {self._trees[tree]: [pid for pid, _ in ones] for tree, ones in members.items() if tree in self._trees}
        self._members_at = self._clock.monotonic()
        self._owners = {pid: service for service, pids in found.items() for pid in pids}
        return found

    async def keep_fresh(self, followed: Callable[[], bool], fresh: Callable[[], None]) -> None:
        """Until cancelled; `fresh` is called after each look."""
        while True:
            if not followed() and self._clock.monotonic() - self._looked_at > LOOKED_LATELY:
                self._looks.clear()
                await self._looks.wait()
            try:
                self.usage = await self._used()
            except (CenterError, OSError) as error:
                log.info("no figures: %s", error)
            fresh()
            await asyncio.sleep(self._interval)
