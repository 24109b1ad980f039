"""Brings a service's process tree into being: launches it, or takes over a process that runs already.

The port is looked at right before, and for an automatic one a free port is found. Nothing is ever started beside a
process that holds the declared port.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from backend.core.errors import CenterError
from backend.core.tasks import Later
from backend.services.definitions.model import ServiceSpec
from backend.services.definitions.paths import is_dir
from backend.services.ports.model import PortReport
from backend.services.processes.environment import tool_environment
from backend.services.processes.runtime import Identity, KeeperAway, LaunchFailed, LaunchSpec, Runtime, Tree
from backend.services.supervisor import happenings
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.errors import PortInUse, PortReserved
from backend.services.supervisor.launching import COMFY_SESSION, digest, digest_of, launch_spec

KEEPER_PATIENCE = 30.0  # seconds that a launch waits for a keeper that is being started again
ASK_AGAIN = 0.05  # seconds: that the keeper is lost is told a moment after it fails to answer
PORTS_TRIED = 200  # from the base of an automatic port upwards

Look = Callable[[int], Awaitable[PortReport]]
_Asked = tuple[LaunchSpec, Awaitable[Tree]]


class Starting:
    """`entries` are all services, `private` names what of our environment no tool gets, `metered` gives what a service
    gets so that its calls come by the meter, `launched` hears of each new tree, `markers` is the folder in which a tool
    may leave word that it wants to be started again."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        look: Look,
        entries: Mapping[str, Entry],
        private: Collection[str],
        metered: Callable[[ServiceSpec], Mapping[str, str]],
        markers: Path,
        launched: Callable[[ServiceSpec, Tree], None],
    ) -> None:
        self._runtime = runtime
        self._look = look
        self._entries = entries
        self._inherited = tool_environment(os.environ, {}, private)
        self._metered = metered
        self._markers = markers
        self._launched = launched
        self._claimed: dict[int, str] = {}  # automatic ports of launches under way
        self.keeper_there = asyncio.Event()

    def environment(self, spec: ServiceSpec) -> dict[str, str]:
        """What the person has set holds, also in the environment of the daemon."""
        return {**self._metered(spec), **self._inherited, **spec.env}

    def launch(self, entry: Entry, tree: str) -> Awaitable[happenings.Happening]:
        """The keeper has been asked when this returns, if there is no port to look at before."""
        asked = None
        if entry.spec.port is None and self.keeper_there.is_set():
            with suppress(CenterError, OSError):  # met again below, and told
                asked = self._ask(entry, tree, None)
        return Later(lambda: self._launched_by(entry, tree, asked))

    def _ask(self, entry: Entry, tree: str, port: int | None) -> _Asked:
        entry.port = port
        if not is_dir(entry.spec.cwd):
            raise LaunchFailed(f"The folder {entry.spec.cwd} does not exist: correct `cwd` of {entry.spec.id}.")
        spec = self._spec(entry, tree)
        return spec, self._runtime.launch(spec)

    async def _launched_by(self, entry: Entry, tree: str, asked: _Asked | None) -> happenings.Happening:
        try:
            if asked is None:
                await self._keeper()
                asked = self._ask(entry, tree, await self._port(entry.spec))
            launched = await self._answer(*asked)
        except (CenterError, OSError) as error:
            return _failed(entry, tree, error)
        finally:
            self._claimed.pop(entry.port or 0, None)
        return self._began(entry, launched)

    async def _answer(self, spec: LaunchSpec, answer: Awaitable[Tree]) -> Tree:
        """Asked again under the same id where none comes: what may have been launched is not left unknown."""
        while True:
            try:
                return await answer
            except KeeperAway:
                await asyncio.sleep(ASK_AGAIN)  # that the keeper is lost is told a moment later
            await self._keeper()
            answer = self._runtime.launch(spec)

    async def adopt(self, entry: Entry, tree: str, found: happenings.Found) -> happenings.Happening:
        entry.port = entry.spec.port_number
        identity = Identity(found.pid, found.start, "")
        try:
            await self._keeper()
            adopted = await self._runtime.adopt(
                self._spec(entry, tree), identity, datetime.fromtimestamp(found.started_at, UTC)
            )
        except (CenterError, OSError) as error:
            return _failed(entry, tree, error)
        return self._began(entry, adopted)

    def _spec(self, entry: Entry, tree: str) -> LaunchSpec:
        """All but the id is the same at each start from the same definition, and worked out once."""
        spec = entry.resolved
        if spec.restart.self_restart == "comfy":
            self._markers.mkdir(parents=True, exist_ok=True)
            return self._new_spec(entry, spec, tree, self._markers / tree)
        if spec.usage_meter:  # where its providers are may have changed
            return self._new_spec(entry, spec, tree)
        if entry.prepared is None or entry.prepared[:2] != (entry.spec, entry.port):
            entry.prepared = entry.spec, entry.port, self._new_spec(entry, spec, tree)
        return replace(entry.prepared[2], id=tree)

    def _new_spec(self, entry: Entry, spec: ServiceSpec, tree: str, marker: Path | None = None) -> LaunchSpec:
        environment = self.environment(spec)
        if marker is not None:
            environment[COMFY_SESSION] = str(marker)
        return launch_spec(spec, tree, environment, digest=digest(entry.spec), port=entry.port, marker=marker)

    def _began(self, entry: Entry, tree: Tree) -> happenings.Launched:
        entry.digest = digest_of(tree)
        if entry.definition != "removed":
            entry.definition = "current" if entry.digest == digest(entry.spec) else "changed"
        entry.tree = tree
        self._launched(entry.spec, tree)
        return happenings.Launched(tree.id, tree.identity.pid, tree.started_at.timestamp())

    async def _keeper(self) -> None:
        async with asyncio.timeout(KEEPER_PATIENCE):
            await self.keeper_there.wait()

    async def _port(self, spec: ServiceSpec) -> int | None:
        """The port that the service gets. Raises `PortInUse` and `PortReserved`."""
        base = spec.port_number
        if base is None:
            return None
        if not spec.port_is_automatic:
            _refuse_unless_free(await self._look(base))
            return base
        others = self._ports_of_others(spec.id)
        for port in range(base, min(base + PORTS_TRIED, 65536)):
            if port in others or port in self._claimed:
                continue
            self._claimed[port] = spec.id
            if (await self._look(port)).state in {"free", "elsewhere"}:
                return port
            del self._claimed[port]
        raise PortInUse(f"No port from {base} to {port} is free for {spec.id}.", owner=None, port=base)

    def _ports_of_others(self, service: str) -> set[int]:
        """What other services have, and what those that name one port must find free."""
        ports: set[int] = set()
        for other, entry in self._entries.items():
            port = entry.port if entry.spec.port_is_automatic else entry.spec.port_number
            if other != service and port is not None:
                ports.add(port)
        return ports


def _refuse_unless_free(report: PortReport) -> None:
    if report.state == "used":
        owner = next((one for one in report.owners if one.protocol == "tcp"), None)
        who = None
        if owner is not None:
            who = {"pid": owner.pid, "name": owner.name, "service": owner.service, "address": owner.address}
        raise PortInUse(report.detail, owner=who, port=report.port)
    if report.state == "reserved":
        raise PortReserved(report.detail, port=report.port)


def _failed(entry: Entry, tree: str, error: CenterError | OSError) -> happenings.LaunchFailed:
    if isinstance(error, CenterError):
        entry.trouble = error
    elif isinstance(error, TimeoutError):
        entry.trouble = KeeperAway("The keeper does not answer.")
    else:  # this very process lacks something, descriptors for instance
        entry.trouble = LaunchFailed(f"The control center itself cannot start it now: {error.strerror or error}.")
    passing = isinstance(error, PortInUse | OSError)
    return happenings.LaunchFailed(tree, entry.trouble.detail, passing=passing)
