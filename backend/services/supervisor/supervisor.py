"""The supervisor as the rest of the program has it: services and their states, wishes, and an orderly end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from pathlib import Path

from backend.core.bus import Latest
from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Fact
from backend.core.tasks import Tasks
from backend.services.definitions.model import ServiceSpec
from backend.services.ports import PortReport
from backend.services.processes.growth import Growth
from backend.services.processes.runtime import KeeperBack, Runtime, Tree
from backend.services.supervisor import happenings
from backend.services.supervisor.actor import Actor
from backend.services.supervisor.contested import ContestedPorts
from backend.services.supervisor.custody import Custody, trees_by_service
from backend.services.supervisor.effects import Effects
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.figures import Figures, Measure
from backend.services.supervisor.graph import may_stop
from backend.services.supervisor.happenings import AT_REST, State
from backend.services.supervisor.heirs import Heirs
from backend.services.supervisor.launching import digest
from backend.services.supervisor.limits import LimitWatch
from backend.services.supervisor.probes import check_of
from backend.services.supervisor.recorder import Recorder, Remembered
from backend.services.supervisor.starting import Starting
from backend.services.supervisor.suspension import watch_for_suspension
from backend.services.supervisor.views import ServiceView, view

log = logging.getLogger(__name__)

STOP_STORED = 0.25  # seconds that the answer to a stop waits for its record


class Supervisor:
    """`views` carries all services, encoded once for all who follow."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        growth: Growth,
        tasks: Tasks,
        clock: Clock,
        tell: Callable[[Fact], object],
        recorder: Recorder,
        look: Callable[[int], Awaitable[PortReport]],
        keeper: Callable[[], int | None],
        measure: Measure,
        private: Collection[str],
        markers: Path,
        interval: float,
        encode: Callable[[tuple[ServiceView, ...]], str],
        hide: Callable[[str], str] = str,
    ) -> None:
        self.views: Latest[str] = Latest(self._somebody_follows)
        self._encode = encode
        self._tasks = tasks
        self._clock = clock
        self._tell = tell
        self._recorder = recorder
        self._publishing = False
        entries: dict[str, Entry] = {}
        self._starting = Starting(
            runtime=runtime,
            look=look,
            entries=entries,
            private=private,
            markers=markers,
            launched=self._launched,
        )
        self._effects = Effects(
            runtime=runtime,
            growth=growth,
            tasks=tasks,
            clock=clock,
            starting=self._starting,
            heirs=Heirs(runtime, look),
            tell=tell,
            changed=self._publish_soon,
        )
        self._actor = Actor(
            entries,
            runtime=runtime,
            clock=clock,
            tell=tell,
            perform=self._effects.perform,
            observe=self._observe,
            hide=hide,
        )
        self._effects.report_to(self._actor.post)
        self._custody = Custody(
            actor=self._actor,
            runtime=runtime,
            recorder=recorder,
            tasks=tasks,
            clock=clock,
            tell=tell,
            keeper_there=self._starting.keeper_there,
        )
        self.contested = ContestedPorts(
            actor=self._actor, runtime=runtime, starting=self._starting, look=look, tell=tell, keeper=keeper
        )
        self._figures = Figures(runtime, self._custody.trees, clock, measure, interval)
        self._limits = LimitWatch(
            entries=entries,
            tasks=tasks,
            clock=clock,
            members=self._figures.members,
            measure=measure,
            tell=tell,
            post=self._actor.post,
        )

    # Beginning

    async def open(self, services: Mapping[str, ServiceSpec], found: KeeperBack) -> None:
        """Takes over what runs, brings up what is wanted. `found` is what the keeper held when it was connected."""
        remembered = await self._recorder.remembered()
        for service, spec in services.items():
            self._actor.entries[service] = Entry(spec, _state_of(remembered.get(service)))
        held = trees_by_service(found.trees)
        for service, trees in held.items():
            await self._custody.take_over(service, trees, remembered.get(service))
        self._starting.keeper_there.set()
        self._custody.ready()
        self._tasks.spawn(self._actor.run(), name="supervisor")
        watching = watch_for_suspension(self._clock, self._resumed, self._set_back)
        self._tasks.spawn(watching, name="suspension")
        self._tasks.spawn(self._figures.keep_fresh(lambda: self.views.watched, self._publish), name="service figures")
        for service, spec in services.items():
            if service not in held and _wanted_at_start(spec, remembered.get(service)):
                self._tasks.spawn(self._bring_up(service), name=f"bring up {service}")

    def _resumed(self, seconds: float) -> None:
        self._tell(Fact("daemon", "daemon.resumed", payload={"seconds": round(seconds, 1)}))
        for service in self._actor.entries:
            self._actor.post(service, happenings.Resumed())

    def _set_back(self, seconds: float) -> None:
        self._tell(Fact("daemon", "clock.set_back", payload={"seconds": round(seconds, 1)}))

    async def _bring_up(self, service: str) -> None:
        try:
            await self._actor.ask(service, "start", "daemon")
        except CenterError as error:
            log.info("%s: %s", service, error.detail)

    def _launched(self, spec: ServiceSpec, tree: Tree) -> None:
        self._custody.launched(spec, tree)
        self._figures.started(tree.identity.pid, spec.id)

    # What follows from a change

    def _observe(self, entry: Entry, before: State, after: State) -> None:
        if entry.ladder is not None and entry.ladder.tree != after.tree:
            entry.ladder.tree_ended()  # its end was on the way before the stop began
        if after.pid != before.pid and after.pid is not None and after.tree is not None:
            self._watch_health(entry)
            self._limits.look_after(entry)
        elif after.pid is None:
            self._effects.end_probing(entry)
        if after.tree is None:
            entry.tree = entry.port = None
        if after.status in AT_REST and entry.definition == "removed":
            self._actor.entries.pop(entry.spec.id, None)
            self._actor.definitions_changed()
        self._recorder.service(entry.spec, after, self._clock.now())
        self._publish_soon()

    def _watch_health(self, entry: Entry) -> None:
        """By the check that the definition names now; health begins anew."""
        tree = entry.state.tree
        if tree is not None and entry.state.pid is not None and entry.state.status in {"starting", "running"}:
            if check_of(entry.spec, entry.port) is None:
                self._actor.post(entry.spec.id, happenings.HealthSeen(tree, "none"))
            self._effects.watch_health(entry, tree, self._custody.log_starts.get(tree, 0))

    def definitions_changed(
        self, services: Mapping[str, ServiceSpec], added: Iterable[str], changed: Iterable[str], removed: Iterable[str]
    ) -> None:
        """A new file is in force: what runs goes on as it was launched, and is marked."""
        for service in (*added, *changed):
            spec = services[service]
            entry = self._actor.entries.setdefault(service, Entry(spec))
            before, entry.spec = entry.spec, spec
            if before.health != spec.health:
                self._watch_health(entry)
            running = entry.state.status in happenings.WITH_TREE
            entry.definition = "changed" if running and entry.digest != digest(spec) else "current"
            self._tell(Fact("supervisor", f"service.{'added' if service in added else 'changed'}", service))
            if not running:
                self._recorder.service(spec, entry.state, self._clock.now())
        for service in removed:
            entry = self._actor.entries[service]
            if entry.state.status in happenings.WITH_TREE:
                entry.definition = "removed"
            else:
                self._effects.end_probing(entry)
                del self._actor.entries[service]
            self._tell(Fact("supervisor", "service.removed", service))
        self._actor.definitions_changed()
        self._publish_soon()

    # Wishes

    async def start(self, service: str, actor: str = "local") -> Entry:
        """Returns when its process is there, or when it waits for another service."""
        entry = await self._actor.ask(service, "start", actor)
        await self._actor.reach(entry, lambda one: one.state.pid is not None or one.state.status == "waiting", 30)
        return entry

    async def stop(self, service: str, timeout: float, actor: str = "local") -> Entry:
        """Returns when nothing of it lives any more, or after `timeout` seconds while it is still being stopped."""
        entry = await self._actor.ask(service, "stop", actor)
        await self._actor.reach(entry, lambda one: one.state.status in AT_REST, timeout, patient=True)
        await self._recorder.stored(STOP_STORED)  # or a daemon that dies now would start it again
        return entry

    async def restart(self, service: str, timeout: float, actor: str = "local") -> Entry:
        """Returns when the new process is there."""
        old = self._actor.entry(service).state.tree
        entry = await self._actor.ask(service, "restart", actor)

        def anew(one: Entry) -> bool:
            return one.state.status == "waiting" or (one.state.pid is not None and one.state.tree != old)

        await self._actor.reach(entry, anew, timeout)
        return entry

    async def until(self, entry: Entry, goal: str, timeout: float) -> bool:
        """Waits for `running` or `healthy`; False when the time is up."""
        if goal == "healthy":
            return await self._actor.reach(entry, lambda one: one.state.health == "healthy", timeout)
        return await self._actor.reach(entry, lambda one: one.state.status == "running", timeout)

    def hurry(self) -> None:
        """The person asked a second time: no more grace for anything that is being stopped."""
        self._effects.grace_cap = 0.0
        for entry in self._actor.entries.values():
            if entry.ladder is not None:
                entry.ladder.hurry()

    # Looking

    def entry(self, service: str) -> Entry:
        """Raises `UnknownService`."""
        return self._actor.entry(service)

    def view(self, entry: Entry) -> ServiceView:
        """Figures are those of the last measurement: the first look at a service that nobody looked at has none."""
        self._figures.somebody_looks()
        return self._view(entry)

    def all_views(self) -> tuple[ServiceView, ...]:
        self._figures.somebody_looks()
        return self._views()

    def _view(self, entry: Entry) -> ServiceView:
        return view(
            entry.resolved,
            entry.state,
            entry.definition,
            self._figures.usage,
            self._clock.now().timestamp(),
            mono=self._clock.monotonic(),
            port=entry.port,
            ladder=None if entry.ladder is None else entry.ladder.view,
        )

    def _views(self) -> tuple[ServiceView, ...]:
        return tuple(self._view(entry) for _, entry in sorted(self._actor.entries.items()))

    def up_dependants(self, service: str) -> list[str]:
        return self._actor.up_dependants(service)

    async def owner_of(self, pids: Collection[int]) -> Mapping[int, str]:
        """Those of the pids that belong to a service, as of a look at the trees at most one interval ago."""
        return await self._figures.owner_of(pids)

    async def members(self) -> Mapping[str, list[int]]:
        """The living processes of each service, children included."""
        return await self._figures.members()

    def _somebody_follows(self) -> None:
        self.views.value = self._encode(self.all_views())

    def _publish_soon(self) -> None:
        """Once for all changes of one turn of the loop."""
        if self.views.watched and not self._publishing:
            self._publishing = True
            asyncio.get_running_loop().call_soon(self._publish)

    def _publish(self) -> None:
        self._publishing = False
        self.views.publish(self._encode(self._views()))

    # Ending

    async def close(self, grace_cap: float | None = None) -> None:
        """Stops, dependants first, all but what is `persistent`; what is wanted stays wanted."""
        self._actor.closing = True
        if grace_cap is not None:
            self._effects.grace_cap = grace_cap
        going = {service for service, entry in self._actor.entries.items() if entry.spec.lifetime != "persistent"}
        while left := [service for service in going if self._is_up(service)]:
            needs = self._actor.needs()
            ready = [one for one in left if may_stop(one, needs, lambda other: other in going and self._is_up(other))]
            for service in ready or left:  # whatever the graph says, all of them go
                self._actor.post(service, happenings.Pause())
            await asyncio.wait(
                [asyncio.ensure_future(self._down(service)) for service in ready or left],
            )
        await self._recorder.flush()

    def _is_up(self, service: str) -> bool:
        entry = self._actor.entries.get(service)
        return entry is not None and entry.state.status not in AT_REST

    async def _down(self, service: str) -> None:
        entry = self._actor.entries.get(service)
        if entry is not None:
            await self._actor.reach(entry, lambda one: one.state.status in AT_REST, 3600, patient=True)


def _state_of(known: Remembered | None) -> State:
    """What was so before. A service that had come to rest by itself stays so; anything else did not survive."""
    if known is None:
        return State()
    rested = known.status if known.status in {"exited", "failed"} else "stopped"
    reason = known.last.text if rested != "stopped" and known.last is not None else None
    return State(rested, known.wanted, since=known.since, last=known.last, reason=reason, restarts=known.restarts)


def _wanted_at_start(spec: ServiceSpec, known: Remembered | None) -> bool:
    if spec.autostart == "last":
        return known is not None and known.wanted == "up" and known.status not in {"exited", "failed"}
    return spec.autostart
