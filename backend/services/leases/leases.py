"""Who holds what is scarce: a place for a run, a graphics card, later a device.

The truth is here, in memory, and is made anew at every start from what lives: no row keeps a dead holder in its right.
Rows are written for the record. The fencing number of a resource grows with every grant, across restarts too, so that
whoever is given it can tell a late word of an earlier holder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.core.clock import Clock
from backend.core.errors import CenterError, Conflict
from backend.database.database import Database
from backend.database.repositories import leases as table


class Taken(Conflict):
    code, title = "lease_taken", "Somebody else holds it"


@dataclass(frozen=True, slots=True)
class Lease:
    """`holder` is None where nobody holds it any more."""

    resource: str
    holder: str | None
    fencing: int
    since: datetime | None


class Leases:
    """`changed` is called with each lease that was granted or released."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._leases: dict[str, Lease] = {}
        self._held: dict[str, str] = {}
        self.changed: Callable[[Lease], None] = lambda lease: None

    @property
    def held(self) -> Mapping[str, str]:
        """Resource → holder, of all that are held."""
        return self._held

    async def open(self, database: Database) -> None:
        """Takes over how far the fencing numbers have come; nobody holds anything yet. Where the database does not
        answer they begin anew."""
        try:
            async with database.read() as session:
                fencing = await table.fencing(session)
        except CenterError:
            return
        self._leases = {resource: Lease(resource, None, number, None) for resource, number in fencing.items()}

    def grant(self, resources: Iterable[str], holder: str) -> Sequence[Lease]:
        """All of them or none; raises `Taken`, naming who has one. What the holder has already it keeps."""
        wanted = list(resources)
        for resource in wanted:
            if self._held.get(resource, holder) != holder:
                raise Taken(f"{resource} is held by {self._held[resource]}.")
        return [self._grant(resource, holder) for resource in wanted]

    def release(self, holder: str) -> Sequence[Lease]:
        """All that it holds."""
        released = []
        for resource in [resource for resource, other in self._held.items() if other == holder]:
            del self._held[resource]
            lease = Lease(resource, None, self._leases[resource].fencing, None)
            released.append(self._keep(lease))
        return released

    def of(self, holder: str) -> Sequence[Lease]:
        return [self._leases[resource] for resource, other in self._held.items() if other == holder]

    def _grant(self, resource: str, holder: str) -> Lease:
        if self._held.get(resource) == holder:
            return self._leases[resource]
        before = self._leases.get(resource)
        fencing = 1 if before is None else before.fencing + 1
        self._held[resource] = holder
        return self._keep(Lease(resource, holder, fencing, self._clock.now()))

    def _keep(self, lease: Lease) -> Lease:
        self._leases[lease.resource] = lease
        self.changed(lease)
        return lease
