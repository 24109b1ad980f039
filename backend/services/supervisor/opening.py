"""The supervisor's beginning: takes over what runs, and brings up what is wanted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Fact
from backend.core.tasks import Tasks
from backend.services.definitions.model import ServiceSpec
from backend.services.processes.runtime import KeeperBack
from backend.services.supervisor import happenings
from backend.services.supervisor.actor import Actor
from backend.services.supervisor.board import Board
from backend.services.supervisor.custody import Custody, trees_by_service
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.figures import Figures
from backend.services.supervisor.happenings import State
from backend.services.supervisor.recorder import Recorder, Remembered
from backend.services.supervisor.starting import Starting
from backend.services.supervisor.suspension import watch_for_suspension

log = logging.getLogger(__name__)


class Opening:
    def __init__(
        self,
        *,
        actor: Actor,
        recorder: Recorder,
        custody: Custody,
        starting: Starting,
        figures: Figures,
        board: Board,
        tasks: Tasks,
        clock: Clock,
        tell: Callable[[Fact], object],
    ) -> None:
        self._actor = actor
        self._recorder = recorder
        self._custody = custody
        self._starting = starting
        self._figures = figures
        self._board = board
        self._tasks = tasks
        self._clock = clock
        self._tell = tell

    async def open(self, services: Mapping[str, ServiceSpec], found: KeeperBack) -> None:
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
        measuring = self._figures.keep_fresh(lambda: self._board.live.watched, self._board.changed)
        self._tasks.spawn(measuring, name="service figures")
        for service, spec in services.items():
            if service not in held and _wanted_at_start(spec, remembered.get(service)):
                self._tasks.spawn(self._bring_up(service), name=f"bring up {service}")

    async def _bring_up(self, service: str) -> None:
        try:
            await self._actor.ask(service, "start", "daemon")
        except CenterError as error:
            log.info("%s: %s", service, error.detail)

    def _resumed(self, seconds: float) -> None:
        self._tell(Fact("daemon", "daemon.resumed", payload={"seconds": round(seconds, 1)}))
        for service in self._actor.entries:
            self._actor.post(service, happenings.Resumed())

    def _set_back(self, seconds: float) -> None:
        self._tell(Fact("daemon", "clock.set_back", payload={"seconds": round(seconds, 1)}))


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
