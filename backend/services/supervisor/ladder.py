"""The stop ladder: an HTTP call, a command, a signal, at last the end by force. The receipt says which rung did it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.tasks import Later
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
    """What is known of whatever a tree was launched for."""

    @property
    def id(self) -> str: ...

    @property
    def cwd(self) -> Path: ...

    @property
    def stop(self) -> StopPlan: ...


class Ladder:
    """Brings one tree down. `say` is told which rung is tried, and None when only `view` has changed; `grace` is asked
    for the seconds of the whole; `holding` tells who of the tree still lives; `hide` takes secrets out of names."""

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
        hide: Callable[[str], str],
    ) -> None:
        self._runtime = runtime
        self._spec = spec
        self.tree = tree
        self._clock = clock
        self._environment = environment
        self._say = say
        self._grace = grace
        self._look = holding
        self._hide = hide
        self._holding: tuple[Holding, ...] = ()
        self._begun = self._deadline = asyncio.get_running_loop().time()
        self._force_at = self._began_at = clock.now()
        self._steps = self._plan()
        self._number, self._force = 0, len(self._steps) - 1  # of the step that is being tried, and of the last
        self._climbed: list[tuple[str, datetime]] = []
        self._ended = self._hurried = False
        self._told = asyncio.Event()  # of either

    @property
    def view(self) -> LadderView:
        climbed = [Rung(name, "done", at) for name, at in self._climbed]
        climbed[-1] = replace(climbed[-1], state="now")
        ahead = [Rung(name, "next", None) for name, _ in self._steps[self._number + 1 :]]
        return LadderView((*climbed, *ahead), self._began_at, self._force_at, self._holding)

    def tree_ended(self) -> Receipt:
        """Told by whoever hears of the end; which rung did it."""
        self._ended = True
        self._told.set()
        return Receipt(self._climbed[-1][0], asyncio.get_running_loop().time() - self._begun)

    def hurry(self) -> None:
        """No more grace: force at once."""
        self._hurried = True
        self._told.set()

    def begin(self) -> Awaitable[None]:
        """Takes the first rung: a signal is on its way when this returns. What is returned goes on from there until the
        tree has ended, however long the last rung takes."""
        grace = self._grace()
        self._deadline += grace
        self._force_at += timedelta(seconds=grace)
        acting = self._take(0)
        return Later(lambda: self._climb_down(acting))

    async def _climb_down(self, acting: Awaitable[None]) -> None:
        looking = asyncio.ensure_future(self._keep_looking())
        try:
            while self._number < self._force:
                await self._stand_on(acting, self._share())
                if self._ended:
                    return
                acting = self._take(self._force if self._hurried else self._number + 1)
            while not self._ended:
                self._told.clear()
                await self._stand_on(acting, FORCE_AGAIN)
                if not self._ended:  # a keeper that was lost meanwhile has forgotten what it was asked
                    acting = self._runtime.kill(self.tree)
        finally:
            looking.cancel()

    def _take(self, number: int) -> Awaitable[None]:
        """The rung of this number, which is told once it has been tried."""
        self._number = number
        name, act = self._steps[number]
        acting = act()
        self._climbed.append((name, self._clock.now()))
        self._say(f"stopping by {name}" if number < self._force else "ending it by force")
        return acting

    async def _stand_on(self, acting: Awaitable[None], seconds: float) -> None:
        """On the present rung, until it is time for the next."""
        doing = asyncio.ensure_future(acting)
        doing.add_done_callback(partial(self._note_failure, self._steps[self._number][0]))
        try:
            await self._wait(seconds)
        finally:
            doing.cancel()
        if not doing.done():
            await asyncio.wait([doing])

    def _share(self) -> float:
        """Seconds that the present rung has of those that are left."""
        left = self._deadline - asyncio.get_running_loop().time()
        return left / (self._force - self._number)

    async def _wait(self, seconds: float) -> None:
        """Until the tree has ended, the time is up, or the person is in a hurry."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._told.wait()

    def _plan(self) -> list[Step]:
        plan = self._spec.stop
        steps: list[Step] = []
        if plan.http is not None:
            steps.append((self._hide(f"POST {plan.http}"), lambda: Later(self._call)))
        if plan.command is not None:
            steps.append((self._hide(plan.command[0]), lambda: Later(self._run)))
        if plan.signal != "SIGKILL":
            steps.append((plan.signal, lambda: self._runtime.ask_to_stop(self.tree, plan.signal)))
        return [*steps, (KILL, lambda: self._runtime.kill(self.tree))]

    def _note_failure(self, name: str, acting: asyncio.Future[None]) -> None:
        error = None if acting.cancelled() else acting.exception()
        if isinstance(error, KeeperRefused | KeeperAway):
            log.info("%s: %s", self._spec.id, error)
        elif isinstance(error, OSError | CenterError):
            log.warning("%s: stopping by %s: %s", self._spec.id, name, error)
        elif error is not None:
            log.error("%s: stopping by %s failed", self._spec.id, name, exc_info=error)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(HOLDING_LOOK)
            if abs(self._deadline - asyncio.get_running_loop().time()) < HOLDING_LOOK / 4:
                continue  # a look takes the keeper milliseconds, in which it would not use force
            with suppress(CenterError):
                self._holding = await self._look()
                self._say(None)

    async def _call(self) -> None:
        assert self._spec.stop.http is not None
        await call("POST", self._spec.stop.http)

    async def _run(self) -> None:
        assert self._spec.stop.command is not None
        await run_command(self._spec.stop.command, self._spec.cwd, self._environment())
