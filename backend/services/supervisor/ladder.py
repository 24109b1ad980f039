"""The stop ladder: an HTTP call, a command, a signal, at last the end by force. The receipt says which rung did it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from backend.core.errors import CenterError
from backend.services.definitions.model import ServiceSpec
from backend.services.processes.command import run_command
from backend.services.processes.runtime import KeeperAway, KeeperRefused, Runtime
from backend.services.supervisor.calls import call

log = logging.getLogger(__name__)

Rung = tuple[str, Callable[[], Awaitable[None]]]


@dataclass(frozen=True)
class Receipt:
    """`seconds` from the first rung to the end of the tree."""

    rung: str
    seconds: float


class Ladder:
    """Brings one tree down. `say` is told which rung is tried; `grace` is asked for the seconds of the whole."""

    def __init__(
        self,
        runtime: Runtime,
        spec: ServiceSpec,
        tree: str,
        *,
        environment: Callable[[], Mapping[str, str]],
        say: Callable[[str], None],
        grace: Callable[[], float],
    ) -> None:
        self._runtime = runtime
        self._spec = spec
        self._tree = tree
        self._environment = environment
        self._say = say
        self._grace = grace
        self._begun = asyncio.get_running_loop().time()
        self._rung = "none"
        self._ended = asyncio.Event()
        self._hurried = asyncio.Event()

    def tree_ended(self) -> Receipt:
        """Told by whoever hears of the end; which rung did it."""
        self._ended.set()
        return Receipt(self._rung, asyncio.get_running_loop().time() - self._begun)

    def hurry(self) -> None:
        """No more grace: force at once."""
        self._hurried.set()

    async def climb_down(self) -> None:
        """Returns once the tree has ended, however long the last rung takes."""
        loop = asyncio.get_running_loop()
        rungs = self._rungs()
        deadline = loop.time() + self._grace()
        for number, (name, act) in enumerate(rungs):
            share = (deadline - loop.time()) / (len(rungs) - number)
            self._rung = name
            self._say(f"stopping by {name}")
            acting = asyncio.ensure_future(self._act(name, act))
            ended = await self._wait(share)
            acting.cancel()
            with suppress(asyncio.CancelledError):
                await acting
            if ended:
                return
        self._rung = "kill"
        self._say("ending it by force")
        await self._act("force", lambda: self._runtime.kill(self._tree))
        await self._ended.wait()

    def _rungs(self) -> list[Rung]:
        plan = self._spec.stop
        rungs: list[Rung] = []
        if plan.http is not None:
            rungs.append((f"POST {plan.http}", self._call))
        if plan.command is not None:
            rungs.append((plan.command[0], self._run))
        if plan.signal != "SIGKILL":
            rungs.append((plan.signal, lambda: self._runtime.ask_to_stop(self._tree, plan.signal)))
        return rungs

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

    async def _call(self) -> None:
        assert self._spec.stop.http is not None
        await call("POST", self._spec.stop.http)

    async def _run(self) -> None:
        assert self._spec.stop.command is not None
        await run_command(self._spec.stop.command, self._spec.cwd, self._environment())
