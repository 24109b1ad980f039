"""What the supervisor keeps of one service beside its state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from backend.core.errors import CenterError
from backend.services.definitions.model import ServiceSpec
from backend.services.definitions.port_variable import with_port
from backend.services.processes.logs import Log
from backend.services.processes.runtime import Exit, LaunchSpec, Tree
from backend.services.supervisor.errors import NotReached
from backend.services.supervisor.happenings import AT_REST, Policy, State
from backend.services.supervisor.health import HealthHistory
from backend.services.supervisor.ladder import Ladder, Receipt
from backend.services.supervisor.views import Definition

Goal = Callable[["Entry"], bool]

LAST_LINES = 20


@dataclass(frozen=True)
class LastExit:
    """`log` up to `log_end` holds what the tree had to say, from `log_start` on where that is known."""

    exit: Exit
    log: Log
    log_end: int | None
    tree: str
    log_start: int | None

    async def last_lines(self, hide: Callable[[str], str]) -> list[str]:
        """Read when somebody asks: most ends are nobody's concern."""
        piece = await asyncio.to_thread(self.log.tail, LAST_LINES, self.log_end)
        return hide(self.log.text(piece)).splitlines()


@dataclass(frozen=True)
class LastStop:
    receipt: Receipt
    at: datetime


@dataclass
class Waiter:
    """Somebody who waits until `reached`; what is at rest or backing off before that is a failure to tell."""

    reached: Goal
    future: asyncio.Future[None]
    from_epoch: int
    patient: bool = False  # a rest on the way is no failure (stopping)


@dataclass(frozen=True)
class LimitMet:
    """The tree that is being ended for a limit, which, and the id of the event that told so."""

    tree: str
    limit: str
    told: str


@dataclass
class Told:
    """Ids of the events that told of the present status, of the present health, and of the end of the last tree."""

    status: str | None = None
    health: str | None = None
    end: str | None = None


@dataclass
class Entry:
    spec: ServiceSpec
    state: State = field(default_factory=State)
    definition: Definition = "current"
    digest: str | None = None  # of the definition that the present tree was launched from
    tree: Tree | None = None  # the present one, as the keeper told it
    port: int | None = None  # what the present tree has got, where it has one
    prepared: tuple[ServiceSpec, int | None, LaunchSpec] | None = None  # the last launch: of what, on which port
    actor: str = "daemon"
    ladder: Ladder | None = None
    trouble: CenterError | None = None  # why the last launch failed
    last_exit: LastExit | None = None
    last_stop: LastStop | None = None
    limit_met: LimitMet | None = None
    health: HealthHistory = field(default_factory=HealthHistory)
    probing: asyncio.Task[None] | None = None
    waiters: list[Waiter] = field(default_factory=list)
    told: Told = field(default_factory=Told)

    @property
    def resolved(self) -> ServiceSpec:
        """The definition with the port that it has, where that was open."""
        return self.spec if self.port is None else with_port(self.spec, self.port)

    @property
    def policy(self) -> Policy:
        restart = self.spec.restart
        return Policy(
            start_seconds=self.spec.start_seconds,
            when=restart.when,
            max_restarts=restart.max_restarts,
            window=restart.window,
            delay=restart.delay,
            max_delay=restart.max_delay,
            exit_codes=restart.exit_codes,
            serves=self.spec.port is not None,
        )

    def settle(self) -> None:
        """Answers those whose goal is reached or out of reach."""
        for waiter in tuple(self.waiters):
            if waiter.future.done():
                self.waiters.remove(waiter)
            elif waiter.reached(self):
                self.waiters.remove(waiter)
                waiter.future.set_result(None)
            elif not waiter.patient and self.state.epoch > waiter.from_epoch and self._came_to_rest():
                self.waiters.remove(waiter)
                waiter.future.set_exception(self._failure())

    def _came_to_rest(self) -> bool:
        return self.state.status in AT_REST or self.state.status == "backoff"

    def _failure(self) -> CenterError:
        if self.trouble is not None:
            return self.trouble
        reason = self.state.reason or "it ended"
        return NotReached(f"{self.spec.name} is {self.state.status}: {reason}.")
