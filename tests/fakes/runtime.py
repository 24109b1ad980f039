"""A runtime without processes: a world of pretended tools, and a connection to it that behaves as the keeper's does.

The world outlives the daemons that connect to it, holds them to the protocol, and notes every moment at which two
processes of one service live. A connection is ordered: answers and news come in the order told, with a delay; when it
breaks, what was said before still comes, what was asked and not answered never is.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from backend.core.clock import Clock
from backend.services.processes.runtime import (
    Exit,
    Identity,
    KeeperAway,
    KeeperBack,
    KeeperLost,
    KeeperRefused,
    LaunchFailed,
    LaunchSpec,
    Listener,
    News,
    Tree,
    TreeEnded,
    TreeExited,
)

PREFIX = "pretended."
SESSION_PATIENCE = 5.0


@dataclass
class Habits:
    """How the tools of one service behave."""

    launches: bool = True
    obeys: float | None = 0.01  # seconds from a signal to the end; None: ignores it
    leaves_children: bool = False  # they live on after the root until they are killed
    leaves_an_heir: bool = False  # one of these goes on serving the port
    ends_after: float | None = None  # by itself
    ends_with: int = 1
    well: bool = True


@dataclass
class Process:
    """A tree: its root and, perhaps, what the root leaves behind."""

    spec: LaunchSpec
    pid: int
    started_at: datetime
    root: bool = True
    rest: bool = False
    heir: int | None = None  # who of the rest serves the port in the root's place
    exit: Exit | None = None
    killing: bool = False
    abandoned: bool = False

    @property
    def service(self) -> str:
        return self.spec.owner[1]

    @property
    def alive(self) -> bool:
        return self.root or self.rest

    @property
    def pids(self) -> list[int]:
        """Of those who can be told apart."""
        return [self.pid] * self.root + ([self.heir] if self.rest and self.heir is not None else [])

    def seen(self) -> Tree:
        return Tree(
            id=self.spec.id,
            owner=self.spec.owner,
            identity=Identity(self.pid, str(self.pid), "boot"),
            started_at=self.started_at,
            log_path=self.spec.log.path,
            log_end=0,
            lifetime=self.spec.lifetime,
            label=self.spec.label,
            exit=self.exit,
            ended=not self.alive,
            abandoned=self.abandoned,
        )


@dataclass
class World:
    """The machine: tools, and a keeper that may die. `faults` has what must never be."""

    loop: asyncio.AbstractEventLoop
    clock: Clock
    chance: random.Random
    habits: dict[str, Habits] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)  # the keeper's table, by tree
    survivors: list[Process] = field(default_factory=list)  # alive, of a keeper that is no more
    link: Link | None = None
    keeper: int = 1
    keeper_up: bool = True
    fresh: bool = True
    faults: list[str] = field(default_factory=list)
    on_launch: Callable[[str], None] = lambda service: None
    pids: itertools.count[int] = field(default_factory=lambda: itertools.count(5000))
    visits: int = 0

    def lag(self) -> float:
        """Mostly nothing; now and then what a busy machine takes."""
        return 0.0 if self.chance.random() < 0.7 else self.chance.expovariate(1 / 0.01)

    def living(self, service: str) -> list[Process]:
        return [one for one in (*self.processes.values(), *self.survivors) if one.service == service and one.alive]

    # What tools do

    def launch(self, spec: LaunchSpec) -> Tree:
        if spec.id in self.processes:
            return self.processes[spec.id].seen()
        service = spec.owner[1]
        habits = self.habits[service]
        if not habits.launches:
            raise LaunchFailed(f"{spec.argv[0]}: No such file or directory")
        if others := self.living(service):
            self.faults.append(f"{service}: launched while {[one.pid for one in others]} lives")
        process = Process(spec, next(self.pids), self.clock.now(), rest=habits.leaves_children)
        self.processes[spec.id] = process
        self.on_launch(service)
        if habits.ends_after is not None:
            self.loop.call_later(habits.ends_after, self.end_root, process, habits.ends_with, None)
        return process.seen()

    def end_root(self, process: Process, code: int | None, signal: int | None) -> None:
        if not process.root:
            return
        process.root = False
        process.exit = Exit(code, signal, self.clock.now())
        if process.rest and self.habits[process.service].leaves_an_heir:
            process.heir = next(self.pids)
        self._tell(process, TreeExited(process.spec.id, process.exit))
        if not process.rest:
            self._tell(process, TreeEnded(process.spec.id, process.exit, 0))

    def end_rest(self, process: Process) -> None:
        if process.rest:
            process.rest = False
            if not process.root:
                self._tell(process, TreeEnded(process.spec.id, process.exit, 0))

    def signal(self, process: Process) -> None:
        obeys = self.habits[process.service].obeys
        if obeys is not None:
            end = partial(self.end_root, process, None, 15) if process.root else partial(self.end_rest, process)
            self.loop.call_later(obeys, end)

    def kill(self, process: Process) -> None:
        if not process.killing:
            process.killing = True
            self.loop.call_later(self.lag(), self._gone, process)

    def _gone(self, process: Process) -> None:
        self.end_root(process, None, 9)
        self.end_rest(process)

    def _tell(self, process: Process, news: News) -> None:
        if self.link is not None and self.processes.get(process.spec.id) is process:
            self.link.tell(news)

    # The keeper

    def lose_keeper(self) -> None:
        """It dies; what it held lives on until the next one sweeps."""
        if not self.keeper_up:
            return
        self.keeper_up = False
        self.survivors += [one for one in self.processes.values() if one.alive]
        self.processes = {}
        if self.link is not None:
            self.link.break_off()

    def meet(self, link: Link) -> KeeperBack:
        """A daemon connects; a new keeper, where there is none, ends what survived the old one."""
        ended: dict[int, str] = {}
        if not self.keeper_up:
            self.keeper += 1
            self.keeper_up = self.fresh = True
        for process in self.survivors:
            if process.alive:
                process.root = process.rest = False
                ended[process.pid] = process.spec.id
        self.survivors = []
        self.link = link
        self.visits += 1
        fresh, self.fresh = self.fresh, False
        return KeeperBack(self.keeper, tuple(one.seen() for one in self.processes.values()), fresh, ended)

    def part(self) -> None:
        """The daemon is gone; sessions outlive it by the keeper's patience."""
        self.link = None
        self.loop.call_later(SESSION_PATIENCE, self._end_sessions, self.visits)

    def _end_sessions(self, visits: int) -> None:
        for process in tuple(self.processes.values()):
            if self.visits == visits and process.spec.lifetime == "session" and process.alive:
                process.abandoned = True
                self.kill(process)


class Link:
    """One daemon's connection: a `Runtime`. `run` deals out what the keeper says, as the real one's reader does."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._listeners: list[Listener] = []
        self._said: asyncio.Queue[tuple[asyncio.Future[Any] | None, Any]] = asyncio.Queue()
        self._asked: deque[tuple[int, asyncio.Future[Any], Callable[[], Any]]] = deque()
        self._on_the_way: deque[tuple[int, asyncio.Future[Any] | None, Any]] = deque()
        self._heard_at = self._said_at = 0.0
        self._open: set[asyncio.Future[Any]] = set()
        self._up = False
        self._connection = 0  # what was said in an earlier one is lost
        self._patience = 0.0

    tree_prefix = PREFIX

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def connect(self) -> KeeperBack:
        self._up = True
        self._connection += 1
        return self.world.meet(self)

    async def run(self) -> None:
        while True:
            future, words = await self._said.get()
            if future is not None:
                self._open.discard(future)
                if not future.done():
                    _answer(future, words)
                await asyncio.sleep(0)
            elif words is None:
                await self._lost()
            else:
                self._pass_on(words)

    async def _lost(self) -> None:
        """Requests that were never answered fail; then the daemon hears of it; then it connects again."""
        self._up = False
        for future in self._open:
            if not future.done():
                future.set_exception(KeeperAway("The keeper went away before it answered."))
                future.exception()
        self._open.clear()
        await asyncio.sleep(0)
        self._pass_on(KeeperLost(self.world.keeper))
        await asyncio.sleep(self._patience)
        self._pass_on(self.connect())

    def _pass_on(self, news: News) -> None:
        for listener in self._listeners:
            listener(news)

    # What the world says

    def tell(self, news: News) -> None:
        self._say(None, news)

    def break_off(self, patience: float = 0.1, *, losing: bool = False) -> None:
        """The connection ends after what was said already, or `losing` that; the daemon is back after `patience`."""
        self.world.link = None
        self._patience = patience
        if losing:
            self._connection += 1
        self._say(None, None)

    def _say(self, future: asyncio.Future[Any] | None, words: Any) -> None:
        self._heard_at = max(self._heard_at, self.world.loop.time() + self.world.lag())
        self._on_the_way.append((self._connection, future, words))
        self.world.loop.call_at(self._heard_at, self._arrive)

    def _arrive(self) -> None:
        connection, future, words = self._on_the_way.popleft()
        if connection == self._connection:
            self._said.put_nowait((future, words))

    # What the daemon asks

    def die(self) -> None:
        """The daemon is killed: what it asked and the keeper has not read is lost with it."""
        self._connection = -1
        if self.world.link is self:
            self.world.part()

    def _ask(self, act: Callable[[], Any]) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self.world.loop.create_future()
        if not self._up:
            _answer(future, KeeperAway("The keeper does not answer at the moment; it is being started again."))
            return future
        self._open.add(future)
        self._said_at = max(self._said_at, self.world.loop.time() + self.world.lag())
        self._asked.append((self._connection, future, act))
        self.world.loop.call_at(self._said_at, self._act)
        return future

    def _act(self) -> None:
        connection, future, act = self._asked.popleft()
        if self.world.link is not self or connection != self._connection:
            return  # said into a connection that nobody reads any more
        try:
            words: Any = act()
        except LaunchFailed as error:
            words = error
        except KeyError as error:
            words = KeeperRefused(f"no tree {error}", keeper_code="unknown_tree")
        self._say(future, words)

    def launch(self, spec: LaunchSpec) -> Awaitable[Tree]:
        return self._ask(lambda: self.world.launch(spec))

    async def identify(self, pid: int) -> Identity | None:
        return None

    async def adopt(self, spec: LaunchSpec, identity: Identity, started_at: datetime) -> Tree:
        raise LaunchFailed("nothing can be adopted in a pretended world")

    def ask_to_stop(self, tree: str, signal_name: str) -> Awaitable[None]:
        return self._ask(lambda: self.world.signal(self.world.processes[tree]))

    def kill(self, tree: str) -> Awaitable[None]:
        return self._ask(lambda: self.world.kill(self.world.processes[tree]))

    async def trees(self) -> tuple[Tree, ...]:
        found: tuple[Tree, ...] = await self._ask(lambda: tuple(one.seen() for one in self.world.processes.values()))
        return found

    async def members(self) -> Mapping[str, list[tuple[int, str]]]:
        found: Mapping[str, list[tuple[int, str]]] = await self._ask(
            lambda: {
                one.spec.id: [(pid, str(pid)) for pid in one.pids or [one.pid]]
                for one in self.world.processes.values()
                if one.alive
            }
        )
        return found

    async def forget(self, tree: str) -> None:
        def act() -> None:
            if self.world.processes[tree].alive:
                self.world.faults.append(f"{tree}: to be forgotten while it lives")
            del self.world.processes[tree]

        await self._ask(act)

    async def leave(self) -> None:
        self.die()

    def capabilities(self) -> Mapping[str, Any]:
        return {}


def _answer(future: asyncio.Future[Any], words: Any) -> None:
    if isinstance(words, Exception):
        future.set_exception(words)
        future.exception()
    else:
        future.set_result(words)
