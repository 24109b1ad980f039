"""The supervisor as the rest of the program has it: services and their states, wishes, and an orderly end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import replace

from backend.core.bus import Latest
from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Fact
from backend.core.tasks import Tasks
from backend.services.definitions.model import ServiceSpec
from backend.services.ports.model import PortReport
from backend.services.processes.growth import Growth
from backend.services.processes.logs import Log
from backend.services.processes.runtime import (
    KeeperAway,
    KeeperBack,
    KeeperLost,
    News,
    Runtime,
    Tree,
    TreeEnded,
    TreeExited,
)
from backend.services.supervisor import machine
from backend.services.supervisor.actor import Actor
from backend.services.supervisor.adoption import orphan_spec, outcome_of, trees_by_service
from backend.services.supervisor.effects import Effects
from backend.services.supervisor.entry import Entry, LastExit
from backend.services.supervisor.graph import may_stop
from backend.services.supervisor.launching import DIGEST, digest
from backend.services.supervisor.machine import AT_REST, State
from backend.services.supervisor.recorder import Recorder, Remembered
from backend.services.supervisor.views import ServiceView, Usage, view

log = logging.getLogger(__name__)

LAST_LINES = 20
LOOKED_LATELY = 10.0  # seconds after a look at the list during which figures are kept fresh

MeasureUsage = Callable[[Mapping[str, Iterable[int]]], Awaitable[Mapping[str, Usage]]]


class Supervisor:
    """`views` carries all services, encoded once for all who follow; `measure` reads what trees use."""

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
        measure: MeasureUsage,
        private: Collection[str],
        interval: float,
        encode: Callable[[tuple[ServiceView, ...]], str],
    ) -> None:
        self.views: Latest[str] = Latest(self._somebody_looks)
        self._encode = encode
        self._runtime = runtime
        self._tasks = tasks
        self._clock = clock
        self._tell = tell
        self._recorder = recorder
        self._measure = measure
        self._interval = interval
        self._effects = Effects(
            runtime=runtime, growth=growth, tasks=tasks, look=look, private=private, launched=self._launched
        )
        self._actor = Actor(
            runtime=runtime, clock=clock, tell=tell, perform=self._effects.perform, observe=self._observe
        )
        self._effects.report_to(self._actor.post)
        self._usage: Mapping[str, Usage] = {}
        self._members: dict[int, str] = {}  # pid → service, as of the last look
        self._trees: dict[str, str] = {}  # tree → service
        self._log_starts: dict[str, int] = {}  # tree → offset in its log at which its own output begins
        self._looked_at = float("-inf")
        self._looks = asyncio.Event()
        self._publishing = False
        recorder.on_stored_end(self._forget)
        runtime.listen(self._on_news)

    # Beginning

    async def open(self, services: Mapping[str, ServiceSpec], found: KeeperBack) -> None:
        """Takes over what runs, brings up what is wanted. `found` is what the keeper held when it was connected."""
        remembered = await self._recorder.remembered()
        held = trees_by_service(found.trees)
        for service, spec in services.items():
            self._actor.entries[service] = Entry(spec, self._state_of(remembered.get(service)))
        for service, trees in held.items():
            await self._take_over(service, trees, remembered.get(service))
        self._tasks.spawn(self._actor.run(), name="supervisor")
        self._tasks.spawn(self._keep_figures_fresh(), name="service figures")
        self._effects.keeper_there.set()
        for service in services:
            if self._wanted_at_start(service, remembered.get(service)):
                self._actor.post(service, machine.Clear())
                self._bring_up(service)
        self._publish_soon()

    @staticmethod
    def _state_of(known: Remembered | None) -> State:
        if known is None:
            return State()
        return State(wanted=known.wanted, last=known.last, restarts=0, since=known.since or 0.0)

    def _wanted_at_start(self, service: str, known: Remembered | None) -> bool:
        entry = self._actor.entries[service]
        if entry.state.status in machine.WITH_TREE or entry.spec.autostart is False:
            return False
        return entry.spec.autostart is True or (known is not None and known.wanted == "up")

    def _bring_up(self, service: str) -> None:
        self._tasks.spawn(self._start_quietly(service), name=f"bring up {service}")

    async def _start_quietly(self, service: str) -> None:
        try:
            await self._actor.ask(service, "start", "daemon")
        except CenterError as error:
            log.info("%s: %s", service, error.detail)

    async def _take_over(self, service: str, trees: list[Tree], known: Remembered | None) -> None:
        present, *older = trees
        for tree in older:
            await self._let_go(tree)
        if service not in self._actor.entries:
            if present.ended:
                await self._let_go(present)
                return
            self._actor.entries[service] = Entry(orphan_spec(present), definition="removed")
        entry = self._actor.entries[service]
        self._trees[present.id] = service
        self._adopt(entry, present)
        if present.ended or present.exit is not None:
            outcome = outcome_of(present.exit) or machine.Outcome(text="ended while nobody looked")
            self._remember_exit(entry, present)
            self._actor.post(service, machine.Exited(present.id, outcome))
            if present.ended:
                self._actor.post(service, machine.Ended(present.id, outcome))
        if known is not None and known.wanted == "down":  # the daemon died while it was being stopped
            self._actor.post(service, machine.WantDown())

    def _adopt(self, entry: Entry, tree: Tree) -> None:
        now = machine.Now(self._clock.now().timestamp(), self._clock.monotonic())
        found = machine.Adopted(tree.id, tree.identity.pid, tree.started_at.timestamp())
        before = entry.state
        entry.state, effects = machine.step(before, found, entry.policy, now)
        entry.digest = tree.label.get(DIGEST)
        if entry.definition != "removed":
            entry.definition = "current" if entry.digest == digest(entry.spec) else "changed"
        self._recorder.tree(entry.spec, tree)
        for effect in effects:
            if isinstance(effect, machine.Tell) and not tree.ended:
                self._tell(
                    Fact("supervisor", f"service.{effect.what}", entry.spec.id, payload={"pid": tree.identity.pid})
                )
            else:
                self._effects.perform(entry, effect)
        self._observe(entry, before, entry.state)

    async def _let_go(self, tree: Tree) -> None:
        """A tree that stands in the way of a newer one of its service, or of a service that is no more."""
        try:
            if not tree.ended:
                await self._runtime.kill(tree.id)
            else:
                await self._runtime.forget(tree.id)
        except CenterError as error:
            log.warning("tree %s: %s", tree.id, error.detail)

    # News of the keeper

    def _on_news(self, news: News) -> None:
        match news:
            case TreeExited(tree, exit_) if tree in self._trees:
                outcome = outcome_of(exit_)
                assert outcome is not None
                self._recorder.exited(tree, exit_)
                self._actor.post(self._trees[tree], machine.Exited(tree, outcome))
            case TreeEnded(tree, exit_) if tree in self._trees:
                service = self._trees.pop(tree)
                self._log_starts.pop(tree, None)
                entry = self._actor.entries[service]
                if exit_ is not None:
                    entry.last_exit = LastExit(exit_)
                    self._tasks.spawn(self._read_last_lines(entry, entry.last_exit), name="last lines")
                receipt = entry.ladder.tree_ended() if entry.ladder is not None else None
                self._actor.post(service, machine.Ended(tree, outcome_of(exit_)))
                self._recorder.ended(tree, exit_, self._clock.now(), receipt)
            case TreeEnded(tree):
                self._tasks.spawn(self._forget(tree), name="forget a tree")
            case KeeperLost(pid):
                self._effects.keeper_there.clear()
                self._tell(Fact("processes", "keeper.lost", payload={"pid": pid}))
            case KeeperBack():
                self._tasks.spawn(self._keeper_back(news), name="keeper back")
            case _:
                pass

    async def _keeper_back(self, back: KeeperBack) -> None:
        what = "keeper.started" if back.fresh else "keeper.reconnected"
        self._tell(Fact("processes", what, payload={"pid": back.pid, "ended": len(back.ended)}))
        self._effects.keeper_there.set()
        held = {tree.id: tree for tree in back.trees}
        for tree, service in tuple(self._trees.items()):
            found = held.get(tree)
            if found is None:
                del self._trees[tree]
                entry = self._actor.entries[service]
                if entry.ladder is not None:
                    entry.ladder.tree_ended()
                self._actor.post(service, machine.Lost(tree))
                self._recorder.ended(tree, None, self._clock.now())
            elif found.ended:
                self._on_news(TreeEnded(tree, found.exit, found.log_end))

    async def _forget(self, tree: str) -> None:
        try:
            await self._runtime.forget(tree)
        except CenterError as error:
            log.info("tree %s: %s", tree, error.detail)

    def _launched(self, spec: ServiceSpec, tree: Tree) -> None:
        self._trees[tree.id] = spec.id
        self._log_starts[tree.id] = tree.log_end
        self._members[tree.identity.pid] = spec.id
        self._recorder.tree(spec, tree)

    # What follows from a change

    def _observe(self, entry: Entry, before: State, after: State) -> None:
        if after.pid != before.pid and after.pid is not None and after.tree is not None:
            self._effects.watch_health(entry, after.tree, self._log_starts.get(after.tree, 0))
        elif after.pid is None:
            self._effects.end_probing(entry)
        if after.status in AT_REST and entry.definition == "removed":
            self._actor.entries.pop(entry.spec.id, None)
        self._recorder.service(entry.spec, after, self._clock.now())
        self._publish_soon()

    def _remember_exit(self, entry: Entry, tree: Tree) -> None:
        if tree.exit is not None:
            entry.last_exit = LastExit(tree.exit)
            self._tasks.spawn(self._read_last_lines(entry, entry.last_exit), name="last lines")

    async def _read_last_lines(self, entry: Entry, last: LastExit) -> None:
        piece = await asyncio.to_thread(Log(entry.spec.log_file).tail, LAST_LINES)
        text = piece.data.decode(entry.spec.log.encoding, errors="replace")
        for secret in entry.spec.secrets:
            text = text.replace(secret, "•••")
        if entry.last_exit is last:
            entry.last_exit = replace(last, last_lines=tuple(text.splitlines()))

    def definitions_changed(
        self, services: Mapping[str, ServiceSpec], added: Iterable[str], changed: Iterable[str], removed: Iterable[str]
    ) -> None:
        """A new file is in force: what runs goes on as it was launched, and is marked."""
        for service in (*added, *changed):
            spec = services[service]
            entry = self._actor.entries.setdefault(service, Entry(spec))
            entry.spec = spec
            running = entry.state.status in machine.WITH_TREE
            entry.definition = "changed" if running and entry.digest != digest(spec) else "current"
            self._tell(Fact("supervisor", f"service.{'added' if service in added else 'changed'}", service))
            if not running:
                self._recorder.service(spec, entry.state, self._clock.now())
        for service in removed:
            entry = self._actor.entries[service]
            if entry.state.status in machine.WITH_TREE:
                entry.definition = "removed"
            else:
                self._effects.end_probing(entry)
                del self._actor.entries[service]
            self._tell(Fact("supervisor", "service.removed", service))
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
        now = self._clock.now().timestamp()
        return view(entry.spec, entry.state, entry.definition, self._usage, now)

    def all_views(self) -> tuple[ServiceView, ...]:
        self._looked_at = self._clock.monotonic()
        self._looks.set()
        return tuple(self.view(entry) for _, entry in sorted(self._actor.entries.items()))

    def up_dependants(self, service: str) -> list[str]:
        return self._actor.up_dependants(service)

    def owner_of(self, pids: Collection[int]) -> Mapping[int, str]:
        """Those of the pids that belong to a service, as of the last look at the trees."""
        return {pid: self._members[pid] for pid in pids if pid in self._members}

    async def look_at_members(self) -> Mapping[str, list[int]]:
        """The living processes of each service, children included."""
        try:
            members = await self._runtime.members()
        except KeeperAway:
            return {}
        found = {self._trees[tree]: [pid for pid, _ in ones] for tree, ones in members.items() if tree in self._trees}
        self._members = {pid: service for service, pids in found.items() for pid in pids}
        return found

    def _somebody_looks(self) -> None:
        self.views.value = self._encode(self.all_views())

    def _publish_soon(self) -> None:
        """Once for all changes of one turn of the loop."""
        if self.views.watched and not self._publishing:
            self._publishing = True
            asyncio.get_running_loop().call_soon(self._publish)

    def _publish(self) -> None:
        self._publishing = False
        self.views.publish(self._encode(self.all_views()))

    async def _keep_figures_fresh(self) -> None:
        """Measures trees while somebody looks; what is not looked at costs nothing."""
        while True:
            if not self.views.watched and self._clock.monotonic() - self._looked_at > LOOKED_LATELY:
                self._looks.clear()
                await self._looks.wait()
            try:
                self._usage = await self._measure(await self.look_at_members())
            except CenterError as error:
                log.info("no figures: %s", error.detail)
            if self.views.watched:
                self._publish()
            await asyncio.sleep(self._interval)

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
                self._actor.post(service, machine.Pause())
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
