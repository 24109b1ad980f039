"""Performs what the machine asks for. Each thing that takes time is a task that reports back as a happening."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Collection
from contextlib import aclosing

from backend.core.errors import CenterError
from backend.core.tasks import Tasks
from backend.services.definitions.model import ServiceSpec
from backend.services.ports.model import PortReport
from backend.services.processes.environment import tool_environment
from backend.services.processes.growth import Growth
from backend.services.processes.runtime import KeeperAway, LaunchFailed, Runtime, Tree
from backend.services.supervisor import happenings
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.errors import PortInUse, PortReserved
from backend.services.supervisor.ladder import Ladder
from backend.services.supervisor.launching import digest, launch_spec
from backend.services.supervisor.probes import check_of, watch_health

log = logging.getLogger(__name__)

Post = Callable[[str, happenings.Happening], None]
KEEPER_PATIENCE = 30.0  # seconds that a launch waits for a keeper that is being started again


class Effects:
    """`look` says what is with a port; `private` names what of our environment no tool gets; `launched` hears of each
    new tree; `grace_cap` bounds every stop while the daemon itself must leave."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        growth: Growth,
        tasks: Tasks,
        look: Callable[[int], Awaitable[PortReport]],
        private: Collection[str],
        launched: Callable[[ServiceSpec, Tree], None],
    ) -> None:
        self._runtime = runtime
        self._growth = growth
        self._tasks = tasks
        self._look = look
        self._private = private
        self._launched = launched
        self._post: Post = lambda service, happening: None
        self.grace_cap: float | None = None
        self.keeper_there = asyncio.Event()

    def report_to(self, post: Post) -> None:
        self._post = post

    def perform(self, entry: Entry, effect: happenings.Effect) -> None:
        service = entry.spec.id
        match effect:
            case happenings.Launch(tree):
                self._tasks.spawn(self._launch(entry, tree), name=f"launch {service}")
            case happenings.SetTimer(name, epoch, after):
                loop = asyncio.get_running_loop()
                loop.call_later(after, lambda: self._post(service, happenings.Timer(name, epoch)))
            case happenings.BringDown(tree):
                self._tasks.spawn(self._bring_down(entry, tree), name=f"stop {service}")
            case happenings.KillRest(tree):
                self._tasks.spawn(self._kill(tree), name=f"kill the rest of {service}")
            case happenings.Tell():
                pass  # the actor tells facts itself

    async def _launch(self, entry: Entry, tree: str) -> None:
        spec, service = entry.spec, entry.spec.id
        try:
            async with asyncio.timeout(KEEPER_PATIENCE):
                await self.keeper_there.wait()
            await self._check_port(spec)
            launched = await self._runtime.launch(launch_spec(spec, tree, self.environment(spec)))
        except (CenterError, TimeoutError) as error:
            entry.trouble = error if isinstance(error, CenterError) else KeeperAway("The keeper does not answer.")
            passing = isinstance(error, PortInUse)
            self._post(service, happenings.LaunchFailed(tree, entry.trouble.detail, passing))
            return
        entry.digest = digest(spec)
        entry.definition = "current"
        self._launched(spec, launched)
        self._post(service, happenings.Launched(tree, launched.identity.pid, launched.started_at.timestamp()))

    def environment(self, spec: ServiceSpec) -> dict[str, str]:
        return tool_environment(os.environ, spec.env, self._private)

    async def _check_port(self, spec: ServiceSpec) -> None:
        if not spec.cwd.is_dir():
            raise LaunchFailed(f"The folder {spec.cwd} does not exist: correct `cwd` of {spec.id}.")
        port = spec.port_number
        if port is None:
            return
        report = await self._look(port)
        if report.state == "used":
            owner = next((one for one in report.owners if one.protocol == "tcp"), None)
            who = None
            if owner is not None:
                who = {"pid": owner.pid, "name": owner.name, "service": owner.service, "address": owner.address}
            raise PortInUse(report.detail, owner=who, port=port)
        if report.state == "reserved":
            raise PortReserved(report.detail, port=port)

    async def _bring_down(self, entry: Entry, tree: str) -> None:
        service, epoch = entry.spec.id, entry.state.epoch
        timeout = entry.spec.stop.timeout
        ladder = Ladder(
            self._runtime,
            entry.spec,
            tree,
            environment=lambda: self.environment(entry.spec),
            say=lambda words: self._post(service, happenings.Said(epoch, words)),
            grace=lambda: timeout if self.grace_cap is None else min(timeout, self.grace_cap),
        )
        entry.ladder = ladder
        try:
            await ladder.climb_down()
        finally:
            if entry.ladder is ladder:
                entry.ladder = None

    async def _kill(self, tree: str) -> None:
        try:
            await self._runtime.kill(tree)
        except CenterError as error:
            log.info("tree %s: %s", tree, error.detail)

    def watch_health(self, entry: Entry, tree: str, log_start: int) -> None:
        """Probes as long as this tree lives; ended by `end_probing`."""
        self.end_probing(entry)
        if check_of(entry.spec) is not None:
            name = f"probe {entry.spec.id}"
            entry.probing = self._tasks.spawn(self._probe(entry.spec, tree, log_start), name=name)

    @staticmethod
    def end_probing(entry: Entry) -> None:
        if entry.probing is not None:
            entry.probing.cancel()
            entry.probing = None

    async def _probe(self, spec: ServiceSpec, tree: str, log_start: int) -> None:
        check = check_of(spec)
        assert check is not None
        sightings = watch_health(check, spec, self.environment(spec), self._growth, log_start)
        async with aclosing(sightings):
            async for seen in sightings:
                self._post(spec.id, happenings.HealthSeen(tree, seen.health, seen.trouble))
                if seen.lost and check.restart:
                    reason = f"unhealthy: {seen.trouble}"
                    self._post(spec.id, happenings.WantRestart(reason=reason, counted=True))
