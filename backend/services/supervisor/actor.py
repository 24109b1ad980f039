"""The supervisor: one task with one inbox that steps the machine of each service and performs what it asks for.

Whatever takes time (launching, stopping, probing) runs in a task of its own and reports back through the inbox, so no
service holds up another and nothing here waits for the database.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Event, Fact
from backend.services.processes.runtime import Runtime
from backend.services.supervisor import happenings, machine
from backend.services.supervisor.entry import Entry, Goal, Waiter
from backend.services.supervisor.errors import AlreadyRunning, Closing, NotRunning, UnknownService
from backend.services.supervisor.graph import Condition, Needs, Seen, blocker, dependants, needed_by
from backend.services.supervisor.happenings import AT_REST, WITH_TREE, Found, Happening, State, Status

log = logging.getLogger(__name__)

LONGEST_TURN = 0.005  # seconds for which one message after the other is dealt with, before others have their turn

# Performs an effect for a service; may take its time in a task.
Perform = Callable[[Entry, happenings.Effect], None]
Observer = Callable[[Entry, State, State], None]


@dataclass(frozen=True)
class _Wish:
    """What somebody asks of a service; refused or granted in the order of the inbox."""

    service: str
    kind: str  # start, stop, restart, adopt
    actor: str
    answer: asyncio.Future[None]
    found: Found | None = None


class Actor:
    """`perform` does what steps ask for, `observe` is told of each changed state, `tell` of each fact.
    `hide` takes secrets out of reasons."""

    def __init__(
        self,
        entries: dict[str, Entry],
        *,
        runtime: Runtime,
        clock: Clock,
        tell: Callable[[Fact], Event],
        perform: Perform,
        observe: Observer,
        hide: Callable[[str], str],
    ) -> None:
        self.entries = entries
        self.closing = False
        self._runtime = runtime
        self._clock = clock
        self._tell = tell
        self._perform = perform
        self._observe = observe
        self._hide = hide
        self._turn_ends = 0.0
        self._needs: Needs | None = None
        self._inbox: asyncio.Queue[tuple[str, Happening, str | None] | _Wish] = asyncio.Queue()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            message = await self._inbox.get()  # gives up its turn only where nothing waits
            if not self._inbox.empty() and loop.time() > self._turn_ends:
                await asyncio.sleep(0)
                self._turn_ends = loop.time() + LONGEST_TURN
            try:
                if isinstance(message, _Wish):
                    self._grant(message)
                else:
                    self._happen(*message)
            except Exception:
                log.exception("the supervisor failed at %r", message)

    def post(self, service: str, happening: Happening, cause: str | None = None) -> None:
        """`cause` is the id of the event that led to it."""
        self._inbox.put_nowait((service, happening, cause))

    async def ask(self, service: str, kind: str, actor: str, found: Found | None = None) -> Entry:
        """Returns once the wish is granted; raises what is refused. `found` is what to adopt."""
        entry = self.entry(service)
        loop = asyncio.get_running_loop()
        wish = _Wish(entry.spec.id, kind, actor, loop.create_future(), found)
        if self._inbox.empty() and loop.time() >= self._turn_ends:  # nobody is before it: no need to queue
            self._turn_ends = loop.time() + LONGEST_TURN
            self._grant(wish)
        else:
            self._inbox.put_nowait(wish)
        await wish.answer
        return entry

    def entry(self, service: str) -> Entry:
        """Without regard to case: no two ids differ in that alone."""
        if service in self.entries:
            return self.entries[service]
        for known, entry in self.entries.items():
            if known.lower() == service.lower():
                return entry
        raise UnknownService(f"There is no service {service!r}. GET /api/services lists them.")

    async def reach(self, entry: Entry, goal: Goal, timeout: float, *, patient: bool = False) -> bool:
        """Waits until the goal is reached; False when the time is up. Raises why it cannot be reached."""
        if goal(entry):
            return True
        waiter = Waiter(goal, asyncio.get_running_loop().create_future(), entry.state.epoch - 1, patient)
        entry.waiters.append(waiter)
        entry.settle()
        try:
            async with asyncio.timeout(timeout):
                await waiter.future
        except TimeoutError:
            return False
        return True

    # Wishes

    def _grant(self, wish: _Wish) -> None:
        try:
            entry = self.entry(wish.service)
            entry.actor = wish.actor
            if wish.found is not None:
                self._want_adopt(entry, wish.found)
            else:
                {"start": self._want_up, "stop": self._want_down, "restart": self._want_restart}[wish.kind](entry)
        except CenterError as error:
            if not wish.answer.done():
                wish.answer.set_exception(error)
            return
        if not wish.answer.done():
            wish.answer.set_result(None)

    def _want_up(self, entry: Entry) -> None:
        self._refuse_while_closing()
        _refuse_while_up(entry, {"starting", "running"})
        entry.trouble = None
        self.want_up(entry.spec.id)

    def want_up(self, service: str) -> None:
        """Brings up what it depends on first; the service itself waits for that."""
        for other in needed_by([service], self.needs()):
            if other in self.entries and (other == service or not self._serves(other, service)):
                self._happen(other, happenings.WantUp())

    def _want_adopt(self, entry: Entry, found: Found) -> None:
        self._refuse_while_closing()
        _refuse_while_up(entry, WITH_TREE)
        entry.trouble = None
        self._happen(entry.spec.id, happenings.WantAdopt(found))

    def _want_down(self, entry: Entry) -> None:
        if entry.state.status == "stopped" or (entry.state.status in AT_REST and entry.state.wanted == "down"):
            raise NotRunning(f"{entry.spec.name} is not running.")
        self._happen(entry.spec.id, happenings.WantDown())

    def _want_restart(self, entry: Entry) -> None:
        self._refuse_while_closing()
        entry.trouble = None
        if entry.state.status in {"starting", "running"}:
            self._happen(entry.spec.id, happenings.WantRestart())
        else:
            self.want_up(entry.spec.id)

    def _refuse_while_closing(self) -> None:
        if self.closing:
            raise Closing("The control center is stopping; nothing is started any more.")

    # Steps

    def _happen(self, service: str, happening: Happening, cause: str | None = None) -> None:
        entry = self.entries.get(service)
        if entry is None:
            return
        before, cause = entry.state, cause or _led_to(happening, entry)
        entry.state, effects = machine.step(before, happening, entry.policy, self._now(service))
        if entry.state.reason is not None and entry.state.reason != before.reason:
            entry.state = replace(entry.state, reason=self._hide(entry.state.reason))
        for effect in effects:  # what a process waits for comes before what is told of it
            if not isinstance(effect, happenings.Tell):
                self._perform(entry, effect)
        told = self._tell_each(entry, before, effects, cause)
        if entry.state != before:
            self._observe(entry, before, entry.state)
            entry.settle()
            if (entry.state.status, entry.state.health) != (before.status, before.health):
                self._move_dependants(service, told)
            if entry.state.pid is not None and before.pid is None and not isinstance(happening, happenings.Adopted):
                self._restart_dependants(service, told)

    def _tell_each(
        self, entry: Entry, before: State, effects: Sequence[happenings.Effect], cause: str | None
    ) -> str | None:
        """Each leads to the next; the id of the last, None where there is nothing to tell."""
        told: list[str] = []
        for effect in effects:
            if isinstance(effect, happenings.Tell):
                what, payload = f"service.{effect.what}", dict(effect.payload)
                cause = self._tell(Fact("supervisor", what, entry.spec.id, entry.actor, cause, payload)).id
                told.append(cause)
        if not told:
            return None
        if entry.state.epoch != before.epoch:
            entry.told.status = told[-1]
        if entry.state.health != before.health:
            entry.told.health = told[-1]
        if before.tree is not None and entry.state.tree != before.tree:
            entry.told.end = told[0]
        return told[-1]

    def _move_dependants(self, service: str, cause: str | None) -> None:
        """Those that wait for this service may go on, or learn what they wait for now."""
        if self.closing:
            return
        for other in dependants(service, self.needs()):
            if other in self.entries and self.entries[other].state.status == "waiting":
                blocked = self._blocker(other)
                self._happen(other, happenings.Clear() if blocked is None else happenings.Blocked(blocked), cause)

    def _restart_dependants(self, service: str, cause: str | None) -> None:
        """Those that asked for it, where they were up with an earlier life of this service."""
        for other in dependants(service, self.needs()):
            entry = self.entries[other]
            if entry.spec.depends_on[service].restart and entry.state.status in {"starting", "running"}:
                entry.actor = "daemon"
                self._happen(other, happenings.WantRestart(f"{service} was restarted"), cause)

    def _now(self, service: str) -> happenings.Now:
        return happenings.Now(
            wall=self._clock.now().timestamp(),
            mono=self._clock.monotonic(),
            chance=random.random(),  # noqa: S311  # jitter
            tree=f"{self._runtime.tree_prefix}{random.getrandbits(64):016x}",  # to be another one, no secret
            blocked=self._blocker(service),
        )

    # Who depends on whom

    def needs(self) -> Needs:
        """Asked for at every step; worked out when definitions change."""
        if self._needs is None:
            self._needs = {
                service: {other: need.condition for other, need in entry.spec.depends_on.items()}
                for service, entry in self.entries.items()
                if entry.spec.depends_on
            }
        return self._needs

    def definitions_changed(self) -> None:
        self._needs = None

    def _blocker(self, service: str) -> str | None:
        return self._unmet(service, self.needs().get(service))

    def _unmet(self, service: str, wants: Mapping[str, Condition] | None) -> str | None:
        if not wants:
            return None
        known = {other: self.entries[other] for other in wants if other in self.entries}
        seen = {other: Seen(entry.state, entry.spec.restart.exit_codes) for other, entry in known.items()}
        return blocker(service, {service: wants}, seen)

    def _serves(self, other: str, service: str) -> bool:
        """Whether `other` already is what `service` needs of it, e.g. a set-up step that has finished."""
        condition = self.needs().get(service, {}).get(other)
        return condition is not None and self._unmet(service, {other: condition}) is None

    def up_dependants(self, service: str) -> list[str]:
        return [
            other
            for other in dependants(service, self.needs())
            if self.entries[other].state.status in happenings.WITH_TREE
        ]


def _led_to(happening: Happening, entry: Entry) -> str | None:
    """The event of the service itself that what happens now follows from; None where something new begins."""
    match happening:
        case happenings.Launched() | happenings.LaunchFailed() | happenings.Timer():
            return entry.told.status
        case happenings.Ended() if entry.state.status == "stopping":
            return entry.told.status
        case happenings.Ended(tree) if entry.limit_met is not None and entry.limit_met.tree == tree:
            return entry.limit_met.told
        case happenings.WantRestart(counted=True):
            limit = entry.limit_met
            return limit.told if limit is not None and limit.tree == entry.state.tree else entry.told.health
        case _:
            return None


def _refuse_while_up(entry: Entry, up: Collection[Status]) -> None:
    state = entry.state
    if state.status in up:
        pid = f" with pid {state.pid}" if state.pid else ""
        raise AlreadyRunning(f"{entry.spec.name} is already running{pid}.", pid=state.pid)
