"""The supervisor as the rest of the program has it: made of its parts, opened, asked, and closed in good order.

`wishes` is for what somebody wants of a service, `board` for what everybody reads, `contested` for ports that somebody
else has, `ends` for ends that nobody wanted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from pathlib import Path

from backend.core.clock import Clock
from backend.core.events import Event, Fact
from backend.core.tasks import Tasks
from backend.services.definitions.model import ServiceSpec
from backend.services.ports import PortReport
from backend.services.processes.growth import Growth
from backend.services.processes.runtime import KeeperBack, Runtime, Tree
from backend.services.supervisor.actor import Actor
from backend.services.supervisor.board import Board
from backend.services.supervisor.closing import stop_all
from backend.services.supervisor.consequences import Consequences
from backend.services.supervisor.contested import ContestedPorts
from backend.services.supervisor.custody import Custody
from backend.services.supervisor.effects import Effects
from backend.services.supervisor.ends import Ends
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.figures import Figures
from backend.services.supervisor.happenings import State
from backend.services.supervisor.heirs import Heirs
from backend.services.supervisor.limits import LimitWatch, Measure
from backend.services.supervisor.opening import Opening
from backend.services.supervisor.recorder import Recorder
from backend.services.supervisor.starting import Starting
from backend.services.supervisor.views import Usage
from backend.services.supervisor.wishes import Wishes


class Supervisor:
    """`used` tells what each service uses, `measure` what groups of processes do, `hide` takes secrets out of what is
    shown and told, `interval` is how many seconds figures are good for."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        growth: Growth,
        tasks: Tasks,
        clock: Clock,
        tell: Callable[[Fact], Event],
        recorder: Recorder,
        look: Callable[[int], Awaitable[PortReport]],
        keeper: Callable[[], int | None],
        used: Callable[[], Awaitable[Mapping[str, Usage]]],
        measure: Measure,
        private: Collection[str],
        markers: Path,
        interval: float,
        hide: Callable[[str], str] = str,
        metered: Callable[[ServiceSpec], Mapping[str, str]] = lambda spec: {},
    ) -> None:
        entries: dict[str, Entry] = {}
        self._recorder = recorder
        self._starting = Starting(
            runtime=runtime,
            look=look,
            entries=entries,
            private=private,
            metered=metered,
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
            changed=self._view_changed,
            hide=hide,
        )
        self._actor = Actor(
            entries,
            runtime=runtime,
            clock=clock,
            tell=tell,
            perform=self._effects.perform,
            observe=self._state_changed,
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
        self._figures = Figures(runtime, self._custody.trees, clock, used, interval)
        self.board = Board(entries, self._figures, clock, hide)
        self.wishes = Wishes(self._actor, recorder)
        self.contested = ContestedPorts(
            wishes=self.wishes, runtime=runtime, starting=self._starting, look=look, tell=tell, keeper=keeper
        )
        self.ends = Ends()
        self._consequences = Consequences(
            actor=self._actor,
            effects=self._effects,
            limits=LimitWatch(
                entries=entries,
                tasks=tasks,
                clock=clock,
                members=self._figures.members,
                measure=measure,
                tell=tell,
                post=self._actor.post,
            ),
            recorder=recorder,
            board=self.board,
            clock=clock,
            tell=tell,
            log_starts=self._custody.log_starts,
            ends=self.ends,
        )
        self._opening = Opening(
            actor=self._actor,
            recorder=recorder,
            custody=self._custody,
            starting=self._starting,
            figures=self._figures,
            board=self.board,
            tasks=tasks,
            clock=clock,
            tell=tell,
        )

    async def open(self, services: Mapping[str, ServiceSpec], found: KeeperBack) -> None:
        """Takes over what runs, brings up what is wanted. `found` is what the keeper held when it was connected."""
        await self._opening.open(services, found)

    def definitions_changed(
        self,
        services: Mapping[str, ServiceSpec],
        added: Iterable[str],
        changed: Iterable[str],
        removed: Iterable[str],
        *,
        cause: str | None = None,
    ) -> None:
        """A new file is in force; `cause` is the id of the event that told so."""
        self._consequences.definitions_changed(services, added, changed, removed, cause)

    def entry(self, service: str) -> Entry:
        """Raises `UnknownService`."""
        return self._actor.entry(service)

    def up_dependants(self, service: str) -> list[str]:
        return self._actor.up_dependants(service)

    async def owner_of(self, pids: Collection[int]) -> Mapping[int, str]:
        """Those of the pids that belong to a service, as of a look at the trees at most one interval ago."""
        return await self._figures.owner_of(pids)

    async def owners(self, max_age: float) -> Mapping[int, str]:
        """The service of each of their processes, as of a look at the trees at most `max_age` seconds ago."""
        return await self._figures.owners(max_age)

    async def members(self) -> Mapping[str, list[int]]:
        """The living processes of each service, children included."""
        return await self._figures.members()

    async def close(self, grace_cap: float | None = None) -> None:
        """Stops, dependants first, all but what is `persistent`; what is wanted stays wanted."""
        if grace_cap is not None:
            self._effects.grace_cap = grace_cap
        await stop_all(self._actor)
        await self._recorder.flush()

    def hurry(self) -> None:
        """The person asked a second time: no more grace for anything that is being stopped."""
        self._effects.grace_cap = 0.0
        for entry in self._actor.entries.values():
            if entry.ladder is not None:
                entry.ladder.hurry()

    # What parts tell others that are made after them

    def _launched(self, spec: ServiceSpec, tree: Tree) -> None:
        self._custody.launched(spec, tree)
        self._figures.started(tree.identity.pid, spec.id)

    def _state_changed(self, entry: Entry, before: State, after: State) -> None:
        self._consequences.state_changed(entry, before, after)

    def _view_changed(self) -> None:
        self.board.changed()
