"""What the trees of our services use, read of their own processes alone: a machine of 500 processes is not walked for
20 services, whether somebody looks or not.

Who belongs to a service is asked of whoever holds the trees, at a slower pace, since that walks all processes; where
nobody has come since who may belong to one, hardly ever. Between two such looks it is who was known, roots that have
started since, and what those have started: who is new on the machine is read once.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping

from backend.core.clock import Clock
from backend.services.system.pace import Pace
from backend.services.system.passes import Pass
from backend.services.system.readings import ProcessReader, Reading
from backend.services.system.usage import Usage, usage_of

MEMBERS_AGE = 10.0  # seconds
CALM_AGE = 60.0  # seconds, where nobody has come meanwhile
_ORPHANS_OF: frozenset[int] = frozenset(() if sys.platform == "linux" else (1,))  # Linux gives ours to who started them

Owners = Callable[[float], Awaitable[Mapping[int, str]]]


class Trees:
    """`owners` tells the service of each pid, as of a look at most so many seconds ago."""

    def __init__(self, owners: Owners, reader: ProcessReader, clock: Clock) -> None:
        self._owners = owners
        self._reader = reader
        self._clock = clock
        self._came_at = clock.monotonic()  # when the last that may belong to a service was seen
        self._owned: Mapping[int, str] = {}
        self._counted: set[int] = set()
        self._living: set[int] = set()
        self._known: set[int] = set()  # who lived at the look before
        self._looks: Pace[Mapping[int, Reading], Mapping[str, Usage]] = Pace(self._read, self._usage, clock=clock)

    async def usage(self, max_age: float) -> Mapping[str, Usage]:
        """By service, from one look for everybody who asks within `max_age` seconds; what has begun since the look
        before is counted from its start on. A service of which nobody lives has no entry."""
        calm = self._clock.monotonic() - self._came_at
        self._owned = dict(await self._owners(min(max(calm, MEMBERS_AGE), CALM_AGE)))
        return await self._looks.latest(max_age) if self._owned else {}

    def _read(self) -> Mapping[int, Reading]:
        self._living = set(self._reader.pids())
        new = self._living - self._known
        found = self._reader.read_some(self._living & (self._owned.keys() | self._counted | new))
        if self._may_be_ours(found, new):
            self._came_at = self._clock.monotonic()
        return found

    def _may_be_ours(self, found: Mapping[int, Reading], new: Iterable[int]) -> bool:
        """Whether one of the new was started by a process of a service or beside one, or has lost who started it."""
        beside = {found[pid].parent for pid in self._owned if pid in found}
        starters = self._owned.keys() | self._counted | beside | _ORPHANS_OF
        parents = {found[pid].parent for pid in new if pid in found} - {0}  # the kernel, or outside of a container
        return not parents.isdisjoint(starters) or not parents <= self._living

    def _usage(self, before: Mapping[int, Reading], after: Mapping[int, Reading], seconds: float) -> dict[str, Usage]:
        seen = Pass(before, after, seconds, time.time())
        groups: dict[str, list[int]] = {}
        for pid, service in self._owned.items():
            groups.setdefault(service, []).append(pid)
        self._known = self._living
        self._counted = set(seen.with_descendants(self._owned))
        return usage_of(groups, seen)
