"""What can be done about a port that somebody else has: stop its owner, or take the owner for the service."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from backend.core.errors import Conflict
from backend.core.events import Fact
from backend.services.definitions.port_variable import with_port
from backend.services.ports.model import Owner, PortReport
from backend.services.processes.runtime import Runtime
from backend.services.supervisor import owners
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.happenings import Found
from backend.services.supervisor.owners import MayNotStop, NotTheSameTool, OwnerGone, Suspect
from backend.services.supervisor.starting import Starting
from backend.services.supervisor.wishes import Wishes


class NoPort(Conflict):
    code, title = "no_port", "The service has no port"


@dataclass(frozen=True, slots=True)
class Contender:
    """An owner of the port. `suspect` is None where this user may not look at it; the reasons are for people."""

    owner: Owner
    suspect: Suspect | None
    may_adopt: bool
    why_adopt: str
    may_stop: bool
    why_stop: str


class ContestedPorts:
    """`keeper` tells the keeper's pid: neither it nor the daemon is ever offered to be stopped."""

    def __init__(
        self,
        *,
        wishes: Wishes,
        runtime: Runtime,
        starting: Starting,
        look: Callable[[int], Awaitable[PortReport]],
        tell: Callable[[Fact], object],
        keeper: Callable[[], int | None],
    ) -> None:
        self._wishes = wishes
        self._runtime = runtime
        self._starting = starting
        self._look = look
        self._tell = tell
        self._keeper = keeper

    async def of(self, entry: Entry) -> tuple[PortReport, tuple[Contender, ...]]:
        """What is with the port of this service, and who has it. Raises `NoPort`."""
        port = entry.port or entry.spec.port_number
        if port is None:
            raise NoPort(f"{entry.spec.name} has no port. Add one to its definition: port: 8188")
        report = await self._look(port)
        holders = {(one.pid, one.address): one for one in report.owners if one.protocol == "tcp"}
        return report, tuple([await self._contender(entry, one) for one in holders.values()])

    async def _contender(self, entry: Entry, owner: Owner) -> Contender:
        if owner.pid is None:
            hidden = "It belongs to another user, so this one may not touch it."
            return Contender(owner, None, False, hidden, False, hidden)
        spec = entry.resolved if entry.port is not None else with_port(entry.spec, entry.spec.port_number or 0)
        suspect = await asyncio.to_thread(owners.suspect, owner.pid, spec, self._starting.environment(spec))
        if suspect is None:
            return Contender(owner, None, False, "It has gone.", False, "It has gone.")
        if owner.pid in self._ours():
            own = "It is Control Center itself."
            return Contender(owner, suspect, False, own, False, own)
        if owner.service is not None:
            mine = owner.service == entry.spec.id
            why = "It is this service." if mine else f"It belongs to the service {owner.service}."
            return Contender(owner, suspect, False, why, not mine, why if mine else "It is stopped as that service.")
        differs = [one.what for one in suspect.evidence if not one.same]
        verb = "differs" if len(differs) == 1 else "differ"
        why = f"Its {' and '.join(differs)} {verb} from the definition." if differs else "It is the same tool."
        stopping = "It is asked to end, and ended by force after 5 s."
        return Contender(owner, suspect, suspect.same, why, True, stopping)

    def _ours(self) -> Collection[int | None]:
        return {os.getpid(), self._keeper()}

    async def free(self, entry: Entry, pid: int, started_at: datetime, timeout: float, actor: str) -> str:
        """Stops the owner; what was done, in words. Raises `OwnerGone` and `MayNotStop`."""
        one = await self._named(entry, pid, started_at)
        assert one.suspect is not None
        if not one.may_stop:
            raise MayNotStop(one.why_stop)
        if one.owner.service is not None:
            other = await self._wishes.stop(one.owner.service, timeout, actor)
            words = f"{other.spec.name} is stopped."
        else:
            name = await owners.end(one.suspect.pid, one.suspect.started_at)
            words = f"{name} (pid {one.suspect.pid}) has ended."
        report, _ = await self.of(entry)
        payload = {"port": report.port, "pid": one.suspect.pid, "name": one.suspect.name, "state": report.state}
        self._tell(Fact("supervisor", "service.port_freed", entry.spec.id, actor, payload=payload))
        return f"{words} {report.detail}"

    async def adopt(self, entry: Entry, pid: int, started_at: datetime, actor: str) -> Entry:
        """Takes the owner for this service. Raises `OwnerGone`, and `NotTheSameTool` with what differs."""
        one = await self._named(entry, pid, started_at)
        if not one.may_adopt or one.suspect is None:
            seen = () if one.suspect is None else one.suspect.evidence
            evidence = [asdict(it) for it in seen]
            raise NotTheSameTool(one.why_adopt, evidence=evidence)
        identity = await self._runtime.identify(one.suspect.pid)
        if identity is None:
            raise OwnerGone(f"Process {pid} is not there any more.")
        await asyncio.to_thread(owners.exactly, one.suspect.pid, one.suspect.started_at)
        found = Found(identity.pid, identity.start, one.suspect.started_at)
        return await self._wishes.adopt(entry.spec.id, found, actor)

    async def _named(self, entry: Entry, pid: int, started_at: datetime) -> Contender:
        _, contenders = await self.of(entry)
        for one in contenders:
            known = one.suspect
            if known and known.pid == pid and abs(known.started_at - started_at.timestamp()) < owners.SAME_START:
                return one
        raise OwnerGone(f"Process {pid} does not have the port any more. Look again at who has.")
