"""Who has which port, asked of the system's table and checked by trying."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Mapping, Sequence

from backend.services.ports.model import LOOPBACKS, WILDCARDS, Listener, Owner, OwnerOf, PortReport
from backend.services.ports.probes import probe
from backend.services.ports.reserved import kept_for_explicit_use, reason_of_refusal
from backend.services.ports.tables import SocketTable, Wanted, choose_table

USUAL = LOOPBACKS | WILDCARDS


async def no_services(_: Collection[int]) -> Mapping[int, str]:
    """For who looks at ports where nothing is supervised."""
    return {}


class PortReader:
    """`owner_of` tells which pids belong to services of ours; it is asked about listeners' pids only."""

    def __init__(self, owner_of: OwnerOf = no_services, table: SocketTable | None = None) -> None:
        self._owner_of = owner_of
        self._table = table or choose_table()
        self._turn = asyncio.Lock()

    async def listeners(self, start: int, end: int) -> list[Listener]:
        """TCP listeners and bound UDP sockets on ports `start` to `end`, both included, in ascending order."""
        return await self._read(lambda port: start <= port <= end)

    async def look(self, port: int) -> PortReport:
        """What a TCP server that asks for this port (1 to 65535) would meet."""
        listeners = await self._read(lambda candidate: candidate == port)
        owners = tuple(Owner(row.pid, row.name, row.address, row.protocol, row.service) for row in listeners)
        taken = [owner for owner in owners if owner.protocol == "tcp"]
        usual = [owner for owner in taken if owner.address in USUAL]
        if usual:
            return PortReport(port, "used", _used(port, usual), owners)
        probes = await asyncio.to_thread(probe, port)
        if any(p.answer == "refused" for p in probes):
            return await self._refused(port, owners)
        busy = [p.address for p in probes if p.answer == "in use"]
        if not taken and any(address in LOOPBACKS for address in busy):
            return PortReport(
                port,
                "used",
                f"Port {port} is in use on {', '.join(busy)} by a process that this user may not see.",
                owners,
            )
        if taken or busy:
            return PortReport(port, "elsewhere", _elsewhere(port, taken), owners)
        return PortReport(port, "free", _free(port, owners), owners)

    async def _refused(self, port: int, owners: tuple[Owner, ...]) -> PortReport:
        reason = await reason_of_refusal(port)
        if reason is None:
            detail = f"Port {port} is refused to this user: another program holds it for itself alone."
            return PortReport(port, "used", detail, owners)
        return PortReport(port, "reserved", f"Port {port} is reserved by the system. {reason}", owners)

    async def _read(self, wanted: Wanted) -> list[Listener]:
        async with self._turn:
            rows = set(await asyncio.to_thread(self._table.read, wanted))
        services = await self._owner_of({row.pid for row in rows if row.pid is not None})
        named = (row._replace(service=services.get(row.pid)) if row.pid else row for row in rows) if services else rows
        return sorted(named, key=lambda row: (row.port, row.protocol, row.address, row.pid or 0))


def _used(port: int, owners: Sequence[Owner]) -> str:
    who = dict.fromkeys("Control Center itself" if owner.pid == os.getpid() else str(owner) for owner in owners)
    addresses = dict.fromkeys(owner.address for owner in owners)
    return f"Port {port} is in use by {' and '.join(who)}, on {', '.join(addresses)}."


def _elsewhere(port: int, owners: Sequence[Owner]) -> str:
    if not owners:
        return f"Port {port} is taken on one interface by a process that this user may not see; on loopback it is free."
    places = ", ".join(f"{owner.address} by {owner}" for owner in owners)
    return f"Port {port} is free on loopback and taken on {places}: a server on all interfaces may fail."


def _free(port: int, owners: Sequence[Owner]) -> str:
    if owners:
        return f"Port {port} is free for TCP; over UDP it is used by {owners[0]}."
    if kept_for_explicit_use(port):
        return f"Port {port} is free, and the system hands it out to nobody who does not ask for it by number."
    return f"Port {port} is free."
