"""Performs what the machine asks for. Each thing that takes time is a task that reports back as a happening."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Fact
from backend.core.tasks import Later, Tasks
from backend.services.processes.growth import Growth
from backend.services.processes.runtime import Runtime
from backend.services.supervisor import happenings
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.health import HealthChange, Probed
from backend.services.supervisor.heirs import Heirs, names_of
from backend.services.supervisor.ladder import Holding, Ladder
from backend.services.supervisor.probes import check_of, watch_health
from backend.services.supervisor.starting import Starting

log = logging.getLogger(__name__)

Post = Callable[[str, happenings.Happening], None]


class Effects:
    """`changed` is called when a service's view has changed though its state has not; `hide` takes secrets out of what
    probes and the ladder say; `grace_cap` bounds every stop while the daemon itself must leave."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        growth: Growth,
        tasks: Tasks,
        clock: Clock,
        starting: Starting,
        heirs: Heirs,
        tell: Callable[[Fact], object],
        changed: Callable[[], None],
        hide: Callable[[str], str],
    ) -> None:
        self._runtime = runtime
        self._growth = growth
        self._tasks = tasks
        self._clock = clock
        self._starting = starting
        self._heirs = heirs
        self._tell = tell
        self._changed = changed
        self._hide = hide
        self._post: Post = lambda service, happening: None
        self.grace_cap: float | None = None

    def report_to(self, post: Post) -> None:
        self._post = post

    def perform(self, entry: Entry, effect: happenings.Effect) -> None:
        service = entry.spec.id
        match effect:
            case happenings.Launch(tree):
                self._report(service, self._starting.launch(entry, tree), f"launch {service}")
            case happenings.Adopt(tree, found):
                adopting = Later(lambda: self._starting.adopt(entry, tree, found))
                self._report(service, adopting, f"adopt {service}")
            case happenings.SeekHeir(tree, patient):
                seeking = Later(lambda: self._heirs.seek(entry, tree, patient))
                self._report(service, seeking, f"heir of {service}")
            case happenings.SetTimer(name, epoch, after):
                loop = asyncio.get_running_loop()
                loop.call_later(after, lambda: self._post(service, happenings.Timer(name, epoch)))
            case happenings.BringDown(tree):
                ladder = entry.ladder = self._ladder(entry, tree)
                self._tasks.spawn(self._bring_down(entry, ladder, ladder.begin()), name=f"stop {service}")
            case happenings.KillRest(tree):
                self._tasks.spawn(self._kill(entry, tree), name=f"kill the rest of {service}")
            case happenings.Tell():
                pass  # the actor tells facts itself

    def _report(self, service: str, work: Awaitable[happenings.Happening | None], name: str) -> None:
        async def wait() -> None:
            happening = await work
            if happening is not None:
                self._post(service, happening)

        self._tasks.spawn(wait(), name=name)

    # Ending

    def _ladder(self, entry: Entry, tree: str) -> Ladder:
        service, epoch = entry.spec.id, entry.state.epoch
        spec = entry.resolved

        def say(words: str | None) -> None:
            if words is None:
                self._changed()
                return
            self._post(service, happenings.Said(epoch, words))
            if len(ladder.view.climbed) > 1:
                self._tell_of_rung(entry, ladder)

        ladder = Ladder(
            self._runtime,
            spec,
            tree,
            clock=self._clock,
            environment=lambda: self._starting.environment(spec),
            say=say,
            grace=lambda: spec.stop.timeout if self.grace_cap is None else min(spec.stop.timeout, self.grace_cap),
            holding=lambda: self._holding(tree),
            hide=self._hide,
        )
        return ladder

    @staticmethod
    async def _bring_down(entry: Entry, ladder: Ladder, climbing: Awaitable[None]) -> None:
        try:
            await climbing
        finally:
            if entry.ladder is ladder:
                entry.ladder = None

    def _tell_of_rung(self, entry: Entry, ladder: Ladder) -> None:
        view = ladder.view
        payload = {
            "rung": view.climbed[-1].name,
            "after": round((self._clock.now() - view.began_at).total_seconds(), 3),
            "holding": [{"pid": one.pid, "name": one.name} for one in view.holding],
        }
        self._tell(Fact("supervisor", "service.ladder", entry.spec.id, entry.actor, entry.told.status, payload))

    async def _holding(self, tree: str) -> tuple[Holding, ...]:
        pids = [pid for pid, _ in (await self._runtime.members()).get(tree, [])]
        names = await asyncio.to_thread(names_of, pids)
        return tuple(Holding(pid, names[pid]) for pid in pids if pid in names)

    async def _kill(self, entry: Entry, tree: str) -> None:
        """Most roots have nobody beside them: then the tree's own end is told in the same breath."""
        await asyncio.sleep(0)
        if entry.state.tree != tree:
            return
        try:
            await self._runtime.kill(tree)
        except CenterError as error:
            log.info("tree %s: %s", tree, error.detail)

    # Health

    def watch_health(self, entry: Entry, tree: str, log_start: int) -> None:
        """Probes as long as this tree lives; ended by `end_probing`."""
        self.end_probing(entry)
        if check_of(entry.spec, entry.port) is not None:
            entry.probing = self._tasks.spawn(self._probe(entry, tree, log_start), name=f"probe {entry.spec.id}")

    @staticmethod
    def end_probing(entry: Entry) -> None:
        if entry.probing is not None:
            entry.probing.cancel()
            entry.probing = None

    async def _probe(self, entry: Entry, tree: str, log_start: int) -> None:
        spec = entry.resolved
        check = check_of(spec, entry.port)
        assert check is not None

        def each(probed: Probed) -> None:
            shown = None if probed.trouble is None else self._hide(probed.trouble)
            entry.health.probes.append(replace(probed, trouble=shown))

        environment: Mapping[str, str] = self._starting.environment(spec)
        sightings = watch_health(check, spec, environment, self._growth, log_start, clock=self._clock, each=each)
        async with aclosing(sightings):
            async for seen in sightings:
                trouble = None if seen.trouble is None else self._hide(seen.trouble)
                entry.health.changes.append(HealthChange(self._clock.now(), seen.health, trouble))
                self._post(spec.id, happenings.HealthSeen(tree, seen.health, trouble))
                if seen.lost and check.restart:
                    self._post(spec.id, happenings.WantRestart(reason=f"unhealthy: {trouble}", counted=True))
