"""The stop ladder: an HTTP call, a command, a signal, at last the end by force. The receipt says which rung did it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.secrets import hide
from backend.services.definitions.model import StopPlan
from backend.services.processes.command import run_command
from backend.services.processes.runtime import KeeperAway, KeeperRefused, Runtime
from backend.services.supervisor.calls import call

log = logging.getLogger(__name__)

KILL = "kill"
HOLDING_LOOK = 1.0  # seconds between looks at who still lives
FORCE_AGAIN = 1.0  # seconds until a tree that still lives is ended by force once more

Step = tuple[str, Callable[[], Awaitable[None]]]


@dataclass(frozen=True)
class Receipt:
    """`seconds` from the first rung to the end of the tree."""

    rung: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Holding:
    """A member that still lives while its service is being stopped."""

    pid: int
    name: str


@dataclass(frozen=True, slots=True)
class Rung:
    name: str
    state: Literal["done", "now", "next"]
    began_at: datetime | None


@dataclass(frozen=True, slots=True)
class LadderView:
    """A stop under way: `force_at` is when what is left is ended by force; `holding` is looked at once a second."""

    rungs: tuple[Rung, ...]
    began_at: datetime
    force_at: datetime
    holding: tuple[Holding, ...]

    @property
    def climbed(self) -> tuple[Rung, ...]:
        return tuple(rung for rung in self.rungs if rung.state != "next")


class Stoppable(Protocol):
    """What is known of whatever a tree was launched for; `secrets` are struck out of the names of rungs."""

    @property
    def id(self) -> str: ...

    @property
    def cwd(self) -> Path: ...

    @property
    def stop(self) -> StopPlan: ...

    @property
    def secrets(self) -> Collection[str]: ...


class Ladder:
    """Brings one tree down. `say` is told which rung is tried, and None when only `view` has changed; `grace` is asked
    for the seconds of the whole; `holding` tells who of the tree still lives."""

    def __init__(
        self,
        runtime: Runtime,
        spec: Stoppable,
        tree: str,
        *,
        clock: Clock,
        environment: Callable[[], Mapping[str, str]],
        say: Callable[[str | None], None],
        grace: Callable[[], float],
        holding: Callable[[], Awaitable[tuple[Holding, ...]]],
    ) -> None:
        self._runtime = runtime
        self._spec = spec
        self.tree = tree
        self._clock = clock
        self._environment = environment
        self._say = say
        self._grace = grace
        self._look = holding
        self._holding: tuple[Holding, ...] = ()
        self._begun = asyncio.get_running_loop().time()
        self._force_at = self._began_at = clock.now()
        self._steps = self._plan()
        self._climbed: list[tuple[str, datetime]] = []
        self._ended = asyncio.Event()
        self._hurried = asyncio.Event()

    @property
    def view(self) -> LadderView:
        climbed = [
            Rung(name, "now" if number == len(self._climbed) else "done", at)
            for number, (name, at) in enumerate(self._climbed, 1)
        ]
        names = [name for name, _ in self._steps] + [KILL]
        ahead = [Rung(name, "next", None) for name in names[len(climbed) :]]
        return LadderView((*climbed, *ahead), self._began_at, self._force_at, self._holding)

    def tree_ended(self) -> Receipt:
        """Told by whoever hears of the end; which rung did it."""
        self._ended.set()
        rung = self._climbed[-1][0] if self._climbed else "none"
        return Receipt(rung, asyncio.get_running_loop().time() - self._begun)

    def hurry(self) -> None:
        """No more grace: force at once."""
        self._hurried.set()

    async def climb_down(self) -> None:
        """Returns once the tree has ended, however long the last rung takes."""
        looking = asyncio.ensure_future(self._keep_looking())
        try:
            await self._climb()
        finally:
            looking.cancel()

    async def _climb(self) -> None:
        loop = asyncio.get_running_loop()
        grace = self._grace()
        deadline = loop.time() + grace
        self._force_at = self._began_at + timedelta(seconds=grace)
        for number, (name, act) in enumerate(self._steps):
            share = (deadline - loop.time()) / (len(self._steps) - number)
            self._begin(name, f"stopping by {name}")
            acting = asyncio.ensure_future(self._act(name, act))
            try:
                ended = await self._wait(share)
            finally:
                acting.cancel()
            with suppress(asyncio.CancelledError):
                await acting
            if ended:
                return
        self._begin(KILL, "ending it by force")
        while not self._ended.is_set():  # asked again: a keeper that is lost for a moment forgets what it was asked
            await self._act("force", lambda: self._runtime.kill(self.tree))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), FORCE_AGAIN)

    def _begin(self, rung: str, words: str) -> None:
        self._climbed.append((rung, self._clock.now()))
        self._say(words)

    def _plan(self) -> list[Step]:
        plan = self._spec.stop
        steps: list[Step] = []
        if plan.http is not None:
            steps.append((hide(f"POST {plan.http}", self._spec.secrets), self._call))
        if plan.command is not None:
            steps.append((hide(plan.command[0], self._spec.secrets), self._run))
        if plan.signal != "SIGKILL":
            steps.append((plan.signal, lambda: self._runtime.ask_to_stop(self.tree, plan.signal)))
        return steps

    async def _act(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await act()
        except (OSError, CenterError) as error:
            if isinstance(error, KeeperRefused | KeeperAway):
                log.info("%s: %s", self._spec.id, error)
            else:
                log.warning("%s: stopping by %s: %s", self._spec.id, name, error)

    async def _wait(self, seconds: float) -> bool:
        """True when the tree has ended; False when its time is up or the person is in a hurry."""
        waits = [asyncio.ensure_future(self._ended.wait()), asyncio.ensure_future(self._hurried.wait())]
        try:
            await asyncio.wait(waits, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return self._ended.is_set()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(HOLDING_LOOK)
            with suppress(CenterError):
                self._holding = await self._look()
                self._say(None)

    async def _call(self) -> None:
        assert self._spec.stop.http is not None
        await call("POST", self._spec.stop.http)

    async def _run(self) -> None:
        assert self._spec.stop.command is not None
        await run_command(self._spec.stop.command, self._spec.cwd, self._environment())
