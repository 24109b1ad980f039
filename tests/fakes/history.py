"""Random histories of a few services: who wants what, what breaks when. The real supervisor lives them, in no time."""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from unittest import mock

from backend.core.errors import CenterError
from backend.core.events import Fact
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.services.definitions.model import (
    Dependency,
    HealthCheck,
    RestartPolicy,
    ServiceSpec,
    StopPlan,
)
from backend.services.ports import PortReport
from backend.services.ports.model import Owner
from backend.services.processes.growth import Growth
from backend.services.supervisor import Supervisor, effects, heirs, probes, recorder, suspension
from backend.services.supervisor.errors import AlreadyRunning, NotRunning, UnknownService
from backend.services.supervisor.happenings import AT_REST, Status
from backend.services.supervisor.views import ServiceView
from tests.fakes.journal import telling
from tests.fakes.loop import LoopClock, VirtualLoop
from tests.fakes.records import Records, Services, Trees
from tests.fakes.runtime import Habits, Link, World

LEGIT = ("restarts within", "no restart is allowed", "No such file", "taken")
STORED = 1.0  # seconds after which a wish must be safe from a crash
QUIET = 65.0  # longer than a successor may take to serve the port
SLOWEST_STOP = 10.0
FIRST_PORT = 9000
BACKGROUND = ["link", "service figures", "supervisor", "supervisor records", "suspension"]


class Failed(AssertionError):
    """An invariant does not hold."""


@dataclass(frozen=True)
class Step:
    after: float  # seconds
    what: str
    service: str = ""
    value: Any = None

    def __str__(self) -> str:
        words = [f"after {self.after:.3f} s: {self.what}", self.service, "" if self.value is None else str(self.value)]
        return " ".join(word for word in words if word)


@dataclass(frozen=True)
class History:
    seed: int
    specs: Mapping[str, ServiceSpec]
    steps: tuple[Step, ...]

    def live(self) -> None:
        loop = VirtualLoop()
        troubles: list[str] = []
        try:
            telling = _Telling(self, loop, troubles)
            with _errors(troubles), _pretended(telling.world):
                loop.run_until_complete(telling.run())
                left = [task.get_name() for task in asyncio.all_tasks(loop)]
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
        if left:
            raise Failed(f"tasks are left over: {left}")

    def __str__(self) -> str:
        specs = [f"  {_describe(spec)}" for spec in self.specs.values()]
        return "\n".join([f"seed {self.seed}", *specs, *(f"  {step}" for step in self.steps)])


def _describe(spec: ServiceSpec) -> str:
    restart = spec.restart
    needs = {name: need.condition + ("+restart" if need.restart else "") for name, need in spec.depends_on.items()}
    return (
        f"{spec.id}: {spec.lifetime}, autostart {spec.autostart}, restart {restart.when} {restart.max_restarts} in "
        f"{restart.window:.1f} s, needs {needs}, start {spec.start_seconds:.2f} s, stop {spec.stop.signal} within "
        f"{spec.stop.timeout:.2f} s, {'checked' if spec.health else 'unchecked'}"
    )


def shortest(history: History, failed: Failed) -> str:
    """The history without all that it also fails without."""
    number = 0
    while number < len(history.steps):
        without = replace(history, steps=(*history.steps[:number], *history.steps[number + 1 :]))
        try:
            without.live()
            number += 1
        except Failed as still:
            history, failed = without, still
    return f"{failed}\n{history}"


# Writing


WISHES = ("start", "start", "start", "stop", "stop", "restart")
HAPPENINGS = (
    *("crash", "crash", "exit", "exit 0", "habits", "habits", "sick", "port"),
    *("kill daemon", "kill daemon", "leave", "kill keeper", "drop connection", "database", "clock"),
    *("define", "remove", "wait"),
)


def write(seed: int) -> History:
    chance = random.Random(seed)
    specs: dict[str, ServiceSpec] = {}
    for name in "abc"[: chance.choice((1, 2, 2, 3))]:
        specs[name] = _spec(chance, name, list(specs))
    steps = tuple(_step(chance, list(specs)) for _ in range(chance.randint(3, 14)))
    return History(seed, specs, steps)


def _spec(chance: random.Random, name: str, others: list[str]) -> ServiceSpec:
    port = FIRST_PORT + ord(name)
    check = None
    if chance.random() < 0.3:
        check = HealthCheck(
            tcp=port,
            interval=chance.choice((1.0, 5.0, 10.0)),
            failures=chance.randint(1, 3),
            restart=chance.random() < 0.7,
        )
    return ServiceSpec(
        id=name,
        name=name.upper(),
        command=(f"tool-{chance.randint(0, 9)}",),
        cwd=Path("/"),
        log_file=Path(f"/nowhere/{name}.log"),
        port=port if chance.random() < 0.4 else None,
        autostart=cast(Any, chance.choice(("last", "last", "last", True, False))),
        lifetime=cast(Any, chance.choice(("adopt", "adopt", "persistent", "session"))),
        start_seconds=chance.choice((0.0, 0.1, 1.0)),
        restart=RestartPolicy(
            when=cast(Any, chance.choice(("always", "on-failure", "on-failure", "never"))),
            max_restarts=chance.randint(0, 4),
            window=chance.choice((2.0, 10.0, 60.0)),
            delay=chance.choice((0.0, 0.0, 0.3)),
            max_delay=chance.choice((0.5, 4.0)),
        ),
        depends_on={
            other: Dependency(
                cast(Any, chance.choice(("started", "started", "healthy", "exited_ok"))), restart=chance.random() < 0.3
            )
            for other in others
            if chance.random() < 0.35
        },
        health=check,
        stop=StopPlan(
            timeout=chance.uniform(0.1, 3), signal=cast(Any, chance.choice(("SIGTERM", "SIGTERM", "SIGKILL")))
        ),
    )


def _step(chance: random.Random, names: list[str]) -> Step:
    after = chance.choice((0.0, 0.0, chance.uniform(0, 0.01), chance.uniform(0, 0.3), chance.uniform(0, 8)))
    service = chance.choice(names)
    if chance.random() < 0.5:
        return Step(after, chance.choice(WISHES), service)
    what = chance.choice(HAPPENINGS)
    value: Any = None
    match what:
        case "habits":
            value = Habits(
                launches=chance.random() < 0.8,
                obeys=chance.choice((0.0, 0.01, 0.5, None)),
                leaves_children=chance.random() < 0.3,
                leaves_an_heir=chance.random() < 0.5,
                ends_after=chance.choice((None, None, 0.0, 0.001, 0.2, 3.0)),
                ends_with=chance.choice((0, 1)),
            )
        case "sick" | "port" | "database":
            value = chance.random() < 0.5
        case "kill daemon" | "leave":
            value = chance.choice((0.0, 0.3, 4.0, 7.0))
        case "kill keeper" | "drop connection":
            value = chance.choice((0.0, 0.1, 1.0))
        case "clock":
            value = chance.choice((-3600.0, 3600.0, -2.0, 8.0))
        case "define":
            value = _spec(chance, service, [other for other in names if other < service])
        case "wait":
            value = chance.uniform(5, 70)
        case _:
            pass
    return Step(after, what, service, value)


# Living


def _heirs(world: World, port: int) -> list[int]:
    """Who serves the port in the place of a root that has ended."""
    processes = (*world.processes.values(), *world.survivors)
    return [one.heir for one in processes if one.heir and one.rest and FIRST_PORT + ord(one.service) == port]


class _Life:
    """One daemon, from its start to its death."""

    def __init__(self, world: World, records: Records, clock: LoopClock, ports: Mapping[int, bool]) -> None:
        self.tasks = Tasks()
        self.link = Link(world)
        self.told: list[Fact] = []

        async def look(port: int) -> PortReport:
            serving = [Owner(pid, "tool", "127.0.0.1", "tcp", None) for pid in _heirs(world, port)]
            if serving or ports.get(port, False):
                return PortReport(port, "used", f"port {port} is taken", tuple(serving))
            return PortReport(port, "free", "")

        async def used() -> Mapping[str, Any]:
            return {}

        async def measure(_: Mapping[str, Any]) -> Mapping[str, Any]:
            return {}

        self.supervisor = Supervisor(
            runtime=self.link,
            growth=Growth(lambda path, on: None),
            tasks=self.tasks,
            clock=clock,
            tell=telling(self.told),
            recorder=recorder.Recorder(cast(Database, records), self.tasks),
            look=look,
            used=used,
            measure=measure,
            keeper=lambda: world.keeper,
            private=(),
            markers=Path("/nowhere"),
            interval=2.0,
        )

    async def begin(self, services: Mapping[str, ServiceSpec]) -> None:
        found = self.link.connect()
        self.tasks.spawn(self.link.run(), name="link")
        await self.supervisor.open(services, found)

    async def end(self) -> None:
        self.link.die()
        await self.tasks.close()


@dataclass
class _Wish:
    """`wanted` is None where either may come of it."""

    service: str
    wanted: str | None
    at: float
    refused: bool = False


class _Telling:
    def __init__(self, history: History, loop: VirtualLoop, troubles: list[str]) -> None:
        self.history = history
        self.loop = loop
        self.troubles = troubles
        self.clock = LoopClock(loop)
        self.chance = random.Random(history.seed)
        self.world = World(loop, self.clock, self.chance, {name: Habits() for name in history.specs})
        self.world.on_launch = self._count
        self.records = Records()
        self.records.delay = self.world.lag
        self.out_at = -STORED  # when the database last did not answer
        self.ports: dict[int, bool] = {}
        self.specs = dict(history.specs)
        self.wished: dict[str, list[_Wish]] = {}  # what can be said of what is wanted, in the order asked
        self.excused: set[str] = set()  # at rest when the daemon began: nobody need say why
        self.launches: dict[str, list[float]] = {}
        self.resets = [0.0]
        self.wishes: set[asyncio.Task[None]] = set()
        self.life: _Life

    def _new_life(self) -> _Life:
        return _Life(self.world, self.records, self.clock, self.ports)

    async def run(self) -> None:
        self.life = self._new_life()
        try:
            await self.life.begin(self.specs)
            for step in self.history.steps:
                await asyncio.sleep(step.after)
                await self._do(step)
                self._look()
            await self._calm()
            await asyncio.sleep(QUIET)
            self._compare()
            if self.chance.random() < 0.5:
                await self._leave_in_good_order()
                await self._begin_again()
                await asyncio.sleep(QUIET)
                self._compare()
            await self._stop_all()
        finally:
            for wish in self.wishes:
                wish.cancel()
            await asyncio.gather(*self.wishes, return_exceptions=True)
            await self.life.end()
        self._look()

    # Steps

    async def _do(self, step: Step) -> None:  # noqa: PLR0912  # the table of what may happen
        service, value = step.service, step.value
        match step.what:
            case "start" | "stop" | "restart":
                self._wish(step.what, service)
            case "crash" | "exit" | "exit 0":
                self._end_roots(service, step.what)
            case "habits":
                self.world.habits[service] = value
            case "sick":
                self.world.habits[service].well = not value
            case "port":
                self.ports[FIRST_PORT + ord(service)] = value
            case "kill daemon":
                await self._kill_daemon(value)
            case "leave":
                await self._leave_in_good_order()
                await asyncio.sleep(value)
                await self._begin_again()
            case "kill keeper":
                self._lose_connection(value, dead=True)
            case "drop connection":
                self._lose_connection(value, dead=False)
            case "database":
                self._database(answers=value)
            case "clock":
                self._forgive()
                self.clock.jump(value)
            case "define":
                self._define(service, value)
            case "remove":
                self._remove(service)
            case "wait":
                await asyncio.sleep(value)

    def _wish(self, kind: str, service: str) -> None:
        self._forgive()
        task = asyncio.ensure_future(self._wished(self.life, kind, service))
        self.wishes.add(task)
        task.add_done_callback(self.wishes.discard)

    async def _wished(self, life: _Life, kind: str, service: str) -> None:
        supervisor = life.supervisor
        made = self._expect(service, "down" if kind == "stop" else "up")
        try:
            if kind == "start":
                await supervisor.wishes.start(service, "local")
            elif kind == "restart":
                await supervisor.wishes.restart(service, 5, "local")
            else:
                await supervisor.wishes.stop(service, 5, "local")
        except (AlreadyRunning, NotRunning, UnknownService):
            for wish in made:
                wish.refused = True
        except CenterError:
            pass
        if life is self.life:
            self.excused -= {wish.service for wish in made if not wish.refused}
            self.troubles += self._untrue()

    def _expect(self, service: str, wanted: str) -> list[_Wish]:
        """What somebody wants of a service; what it needs may be started for it, or be up already."""
        needs = self._all_needs(service) if wanted == "up" else []
        made = [_Wish(service, wanted, self.loop.time()), *(_Wish(one, None, self.loop.time()) for one in needs)]
        for wish in made:
            self.wished.setdefault(wish.service, []).append(wish)
        return made

    def _all_needs(self, service: str) -> list[str]:
        if service not in self.specs:
            return []
        return [one for other in self.specs[service].depends_on for one in (other, *self._all_needs(other))]

    def _last_wish(self, service: str) -> _Wish | None:
        return next((wish for wish in reversed(self.wished.get(service, [])) if not wish.refused), None)

    def _end_roots(self, service: str, how: str) -> None:
        for process in self.world.living(service):
            code, signal = {"crash": (None, 11), "exit": (1, None), "exit 0": (0, None)}[how]
            self.world.end_root(process, code, signal)

    async def _kill_daemon(self, pause: float) -> None:
        """Wishes that had no time to be stored may be lost with it."""
        now = self.loop.time()
        for service in tuple(self.wished):
            last = self._last_wish(service)
            if last is not None and max(last.at, self.out_at) > now - STORED:
                del self.wished[service]
        await self.life.end()
        await asyncio.sleep(pause)
        await self._begin_again()

    async def _leave_in_good_order(self) -> None:
        before = {view.id: view for view in self.life.supervisor.board.views()}
        await asyncio.sleep(STORED if self.records.answers else 0)
        await asyncio.wait_for(self.life.supervisor.close(), 60)
        for view in before.values():
            living = [one for one in self.world.processes.values() if one.service == view.id and one.alive]
            stays = (
                view.definition != "current"
                or view.id not in self.specs
                or self.specs[view.id].lifetime == "persistent"
            )
            if living and not stays:
                raise Failed(f"{view.id}: {living[0].pid} lives after the daemon has left in good order")
        if not self.records.answers:
            self.wished.clear()
        await self.life.end()

    async def _begin_again(self) -> None:
        self._forgive()
        if not self.records.answers:
            self.wished.clear()  # nothing can be read of what was wanted
        for service, spec in self.specs.items():
            row = self.records.rows.get(service)
            if spec.autostart is not True or (row is not None and row.status in {"exited", "failed"}):
                self.excused.add(service)
            if spec.autostart != "last":
                self.wished.pop(service, None)
        for service in self.specs:
            last = self._last_wish(service)
            for other in self._all_needs(service) if last is None or last.wanted != "down" else ():
                self.wished.pop(other, None)  # is started for it, whatever was wanted of it alone
        self.life = self._new_life()
        await self.life.begin(self.specs)
        await asyncio.sleep(0.001)

    def _lose_connection(self, pause: float, *, dead: bool) -> None:
        self._forgive()
        link = self.world.link
        if link is None:
            return
        if dead:
            self.world.lose_keeper()
        else:
            link.break_off(pause, losing=self.chance.random() < 0.5)

    def _database(self, *, answers: bool) -> None:
        if self.records.answers and not answers:
            self.out_at = float("inf")
        elif answers and not self.records.answers:
            self.out_at = self.loop.time()
        self.records.answers = answers

    def _define(self, service: str, spec: ServiceSpec) -> None:
        self._forgive()
        known = service in self.specs
        self.specs[service] = spec
        if self._status(service) is None:
            self.wished.pop(service, None)  # it was forgotten, and what was wanted of it too
        self.excused.add(service)  # at rest by what was said before
        for other in self._all_needs(service):
            self.wished.pop(other, None)  # a wish on its way may concern it now
        self.life.supervisor.definitions_changed(self.specs, [] if known else [service], [service] if known else [], [])

    def _remove(self, service: str) -> None:
        if self.specs.pop(service, None) is not None:
            self.wished.pop(service, None)
            self.life.supervisor.definitions_changed(self.specs, [], [], [service])

    async def _calm(self) -> None:
        """Nothing goes wrong any more; what is there may come to rest."""
        self._database(answers=True)
        for habits in self.world.habits.values():
            habits.well, habits.launches, habits.ends_after = True, True, None
        self.ports.clear()

    async def _stop_all(self) -> None:
        supervisor = self.life.supervisor
        up = [view.id for view in supervisor.board.views() if view.status not in AT_REST]
        self.wished = {service: [_Wish(service, "down", self.loop.time())] for service in up}
        outcomes = await asyncio.gather(
            *(supervisor.wishes.stop(service, 60) for service in up), return_exceptions=True
        )
        for service, outcome in zip(up, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                raise Failed(f"{service}: the stop is refused: {outcome!r}")
            if outcome.state.status not in AT_REST:
                raise Failed(f"{service}: the stop does not end: {outcome.state}")
        await asyncio.sleep(5)
        self._compare()
        if living := [one.pid for one in self.world.processes.values() if one.alive]:
            raise Failed(f"all is stopped and {living} lives")
        busy = [task.get_name() for task in self.life.tasks._running]
        if sorted(busy) != BACKGROUND:
            raise Failed(f"all is stopped and these go on: {sorted(busy)}")

    # What must hold

    def _forgive(self) -> None:
        """Something from which restarts are counted afresh, of whatever service."""
        self.resets.append(self.loop.time())

    def _count(self, service: str) -> None:
        if service not in self.specs or any(need.restart for need in self.specs[service].depends_on.values()):
            return  # a restart that another one caused is free
        restart, now = self.specs[service].restart, self.loop.time()
        recent = [at for at in self.launches.get(service, []) if now - at < restart.window]
        self.launches[service] = [*recent, now]
        resets = sum(now - at < restart.window + SLOWEST_STOP for at in self.resets)
        once = restart.max_restarts + 1  # the first may come late, when what it waited for is there
        if len(self.launches[service]) > (resets * once + restart.max_restarts if resets else once):
            self.world.faults.append(f"{service}: launch {len(recent) + 1} within {restart.window} s")

    def _look(self) -> None:
        """At any moment."""
        if faults := [*self.troubles, *self.world.faults, *self._untrue()]:
            raise Failed("; ".join(faults))

    def _untrue(self) -> list[str]:
        """Nothing lives of a service that is said to be at rest."""
        faults = []
        for process in self.world.processes.values():
            if process.alive and (status := self._status(process.service)) in AT_REST:
                faults.append(f"{process.service} is said to be {status} and {process.pid} lives")
        return faults

    def _status(self, service: str) -> Status | None:
        try:
            return self.life.supervisor.entry(service).state.status
        except UnknownService:
            return None

    def _compare(self) -> None:
        """When all is quiet: what is said is what is, and what is wanted."""
        self._look()
        views = {view.id: view for view in self.life.supervisor.board.views()}
        for process in self.world.processes.values():
            if process.alive and process.service not in views:
                raise Failed(f"nobody knows of {process.service}, {process.pid}")
        for view in views.values():
            self._compare_one(view)

    def _compare_one(self, view: ServiceView) -> None:
        living = self.world.living(view.id)
        if view.status == "running":
            if len(living) != 1 or living[0].pids[:1] != [view.pid]:
                raise Failed(f"{view.id} is said to run as {view.pid}, and {[one.pids for one in living]} is there")
        elif living:
            raise Failed(f"{view.id} is said to be {view.status}, and {[one.pids for one in living]} is there")
        if view.id not in self.specs and view.definition != "removed":
            raise Failed(f"{view.id} is not in the file any more, and is said to be {view.definition}")
        if view.status in {"starting", "stopping", "backoff"}:
            raise Failed(f"{view.id} does not come to rest: {view.status}, {view.reason}")
        last = self._last_wish(view.id)
        wanted = view.wanted if last is None or last.wanted is None else last.wanted
        if view.wanted != wanted:
            raise Failed(f"{view.id} is wanted {wanted}, and {view.wanted} is said")
        if wanted == "down" and view.status not in AT_REST:
            raise Failed(f"{view.id} is wanted down, and it is {view.status}")
        if wanted == "up" and view.status in AT_REST:
            self._must_be_excused(view)

    def _must_be_excused(self, view: ServiceView) -> None:
        if view.id in self.excused or view.id not in self.specs:
            return
        when = self.specs[view.id].restart.when
        if view.status == "exited" and when != "always":
            return
        if view.status == "failed" and any(word in (view.reason or "") for word in LEGIT):
            return
        raise Failed(f"{view.id} is wanted up, and it is {view.status}: {view.reason}")


# What is pretended beside the runtime


@contextmanager
def _pretended(world: World) -> Iterator[None]:
    async def probe(check: HealthCheck, *_: Any) -> str | None:
        assert isinstance(check.tcp, int)
        return None if world.habits[chr(check.tcp - FIRST_PORT)].well else "nobody listens"

    def started(_: int) -> float:
        return 0.0

    def names(_: Collection[int]) -> dict[int, str]:
        return {}

    with (
        mock.patch.object(probes, "probe", probe),
        mock.patch.object(suspension, "TICK", 20.0),  # a look each second for hours would be most of the work
        mock.patch.object(heirs, "_started", started),
        mock.patch.object(effects, "names_of", names),
        mock.patch.dict(os.environ, {"PATH": os.defpath}, clear=True),  # each daemon goes through all of it
        mock.patch.object(recorder, "supervisor", Services),
        mock.patch.object(recorder, "processes", Trees),
    ):
        yield


@contextmanager
def _errors(found: list[str]) -> Iterator[None]:
    """What the supervisor logs as an error while it lives."""

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(self.format(record))

    collector = Collector(logging.ERROR)
    logger = logging.getLogger("backend")
    level = logger.level
    logger.addHandler(collector)
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.removeHandler(collector)
        logger.setLevel(level)
