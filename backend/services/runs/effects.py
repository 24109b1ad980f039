"""Performs what the machine asks for. Each thing that takes time is a task that reports back as a happening."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.tasks import Tasks
from backend.services.definitions.model import StopPlan
from backend.services.processes.runtime import KeeperRefused, Runtime
from backend.services.runs import happenings
from backend.services.runs.entry import Entry
from backend.services.runs.launching import Launching
from backend.services.supervisor.heirs import names_of
from backend.services.supervisor.ladder import Holding, Ladder

log = logging.getLogger(__name__)

Post = Callable[[str, happenings.Happening], None]


@dataclass(frozen=True, slots=True)
class _Stopped:
    """What the ladder needs to know of a run."""

    id: str
    cwd: Path
    stop: StopPlan


class Effects:
    """`changed` is called when a run's view has changed though its state has not; `grace_cap` bounds every stop while
    the daemon itself must leave."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        tasks: Tasks,
        clock: Clock,
        launching: Launching,
        environment: Callable[[], Mapping[str, str]],
        changed: Callable[[], None],
        hide: Callable[[str], str],
    ) -> None:
        self._runtime = runtime
        self._tasks = tasks
        self._clock = clock
        self._launching = launching
        self._environment = environment
        self._changed = changed
        self._hide = hide
        self._post: Post = lambda run_id, happening: None
        self.grace_cap: float | None = None

    def report_to(self, post: Post) -> None:
        self._post = post

    def perform(self, entry: Entry, effect: happenings.Effect) -> None:
        run_id = entry.spec.run_id
        match effect:
            case happenings.Launch(tree):
                self._tasks.spawn(self._launch(entry, tree), name=f"launch {run_id}")
            case happenings.SetTimer(name, epoch, after):
                loop = asyncio.get_running_loop()
                loop.call_later(after, lambda: self._post(run_id, happenings.Timer(name, epoch)))
            case happenings.BringDown(tree):
                ladder = entry.ladder = self._ladder(entry, tree)
                self._tasks.spawn(self._bring_down(entry, ladder, ladder.begin()), name=f"stop {run_id}")
            case happenings.KillRest(tree):
                self._tasks.spawn(self._kill(entry, tree), name=f"kill the rest of {run_id}")
            case happenings.Release() | happenings.Tell():
                pass  # the actor does these itself

    async def _launch(self, entry: Entry, tree: str) -> None:
        for happening in await self._launching.launch(entry, tree):
            self._post(entry.spec.run_id, happening)

    def _ladder(self, entry: Entry, tree: str) -> Ladder:
        spec, plan = entry.spec, entry.spec.stop

        def grace() -> float:
            return plan.timeout if self.grace_cap is None else min(plan.timeout, self.grace_cap)

        return Ladder(
            self._runtime,
            _Stopped(spec.run_id, spec.cwd, plan),
            tree,
            clock=self._clock,
            environment=self._environment,
            say=lambda words: self._changed(),
            grace=grace,
            holding=lambda: self._holding(tree),
            hide=self._hide,
        )

    @staticmethod
    async def _bring_down(entry: Entry, ladder: Ladder, climbing: Awaitable[None]) -> None:
        try:
            await climbing
        finally:
            if entry.ladder is ladder:
                entry.ladder = None

    async def _holding(self, tree: str) -> tuple[Holding, ...]:
        pids = [pid for pid, _ in (await self._runtime.members()).get(tree, [])]
        names = await asyncio.to_thread(names_of, pids)
        return tuple(Holding(pid, names[pid]) for pid in pids if pid in names)

    async def _kill(self, entry: Entry, tree: str) -> None:
        """Most roots have nobody beside them: then the tree's own end is told in the same breath."""
        await asyncio.sleep(0)
        if entry.state.tree != tree or entry.state.finished:
            return
        try:
            await self._runtime.kill(tree)
        except KeeperRefused:
            pass  # it has ended by itself meanwhile
        except CenterError as error:
            log.info("tree %s: %s", tree, error.detail)
