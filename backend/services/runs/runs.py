"""Runs as the rest of the program has them: asked for, cancelled, looked at, and an orderly end."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.bus import Latest
from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Fact
from backend.core.secrets import Secrets
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.repositories import runs as table
from backend.database.repositories.jobs import Filter
from backend.database.repositories.runs import Both
from backend.services.jobs import Jobs
from backend.services.leases import Leases
from backend.services.modules.invocation import Invocation
from backend.services.modules.model import Module, Statistics
from backend.services.processes.environment import tool_environment
from backend.services.processes.logs import Log
from backend.services.processes.runtime import KeeperAway, KeeperBack, Runtime, Tree
from backend.services.runs import happenings, machine
from backend.services.runs.actor import Actor
from backend.services.runs.asking import accepted, new_entry
from backend.services.runs.custody import Custody
from backend.services.runs.effects import Effects
from backend.services.runs.entry import Entry
from backend.services.runs.errors import Closing, NotCancellable, QueueFull
from backend.services.runs.figures import Totals, statistics_of, totals_of
from backend.services.runs.folder import RunFolders
from backend.services.runs.happenings import FINISHED, State, Status
from backend.services.runs.history import History
from backend.services.runs.launching import Launching
from backend.services.runs.recorder import Recorder
from backend.services.runs.recovery import recover
from backend.services.runs.results import Results, results
from backend.services.runs.spec import RunSpec, new_run_id
from backend.services.runs.takeover import Takeover
from backend.services.runs.views import RunView, view_of, view_of_rows
from backend.services.runs.watch import Measure, Watch

log = logging.getLogger(__name__)

QUEUE_ROOM = 1000  # runs that may wait
FORCE_LIMIT = 10.0  # seconds after the grace in which force must have worked
STORED = 0.25  # seconds that an answer waits for its record
READ_STORED = 2.0  # seconds that a page waits for what it must show


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run has ended."""

    status: Status
    exit_code: int | None
    exit_signal: int | None


@dataclass(frozen=True, slots=True)
class RunPage:
    """`next_before` is the `before` of the following page; None at the end."""

    runs: tuple[RunView, ...]
    total: int
    next_before: int | None


class Runs:
    """`module` finds a module or raises; `views` carries all runs that have not finished, encoded once for all who
    follow. `measure` reads what groups of processes use."""

    def __init__(
        self,
        *,
        database: Database,
        jobs: Jobs,
        leases: Leases,
        runtime: Runtime,
        tasks: Tasks,
        clock: Clock,
        tell: Callable[[Fact], object],
        secrets: Secrets,
        module: Callable[[str], Module],
        folder: Path,
        slots: int,
        dry: bool,
        private: Collection[str],
        measure: Measure,
        interval: float,
        encode: Callable[[tuple[RunView, ...]], str],
    ) -> None:
        self.views: Latest[str] = Latest(self._somebody_follows)
        self.folders = RunFolders(folder)
        self._database = database
        self._jobs = jobs
        self._history = History(database, jobs)
        self._leases = leases
        self._runtime = runtime
        self._tasks = tasks
        self._clock = clock
        self._tell = tell
        self._secrets = secrets
        self._module = module
        self._encode = encode
        self._publishing = False
        self._recorder = Recorder(database, tasks, secrets.hide)
        self._recorder.on_finished(self._let_go)
        leases.changed = self._recorder.lease
        self._launching = Launching(
            runtime=runtime,
            clock=clock,
            folders=self.folders,
            module=module,
            private=private,
            launched=self._launched,
            dry=dry,
        )
        self._effects = Effects(
            runtime=runtime,
            tasks=tasks,
            clock=clock,
            launching=self._launching,
            environment=lambda: tool_environment(os.environ, {}, private),
            changed=self._publish_soon,
        )
        self._actor = Actor(
            leases=leases,
            slots=slots,
            tree_prefix=runtime.tree_prefix,
            clock=clock,
            tell=tell,
            perform=self._effects.perform,
            observe=self._observe,
            hide=secrets.hide,
        )
        self._effects.report_to(self._actor.post)
        self._custody = Custody(
            actor=self._actor,
            runtime=runtime,
            recorder=self._recorder,
            folders=self.folders,
            tasks=tasks,
            clock=clock,
            keeper_there=self._launching.keeper_there,
            hide=secrets.hide,
        )
        self._watch = Watch(
            entries=self._actor.entries,
            trees=lambda: self._custody.trees,
            runtime=runtime,
            folders=self.folders,
            tasks=tasks,
            measure=measure,
            interval=interval,
            changed=self._publish_soon,
        )

    # Beginning

    async def open(self, found: KeeperBack) -> None:
        """Takes over what runs and what waits. `found` is what the keeper held when it was connected."""
        with suppress(CenterError):
            await self._jobs.open()
        await self._leases.open(self._database)
        try:
            trees: Sequence[Tree] = await self._runtime.trees()
        except KeeperAway:
            trees = found.trees
        recovered = recover(await self._recorder.unfinished(), trees, self._find_module, fresh=found.fresh)
        takeover = Takeover(
            actor=self._actor, custody=self._custody, jobs=self._jobs, leases=self._leases, runtime=self._runtime
        )  # fmt: skip
        await takeover.of(recovered)
        if self._custody.trees:
            self._watch.begin()
        self._custody.ready()
        self._tasks.spawn(self._actor.run(), name="runner")

    def _find_module(self, module_id: str) -> Module | None:
        try:
            return self._module(module_id)
        except CenterError:
            return None

    # Wishes

    async def submit(
        self,
        module_id: str,
        parameters: Mapping[str, Any],
        *,
        actor: str = "local",
        parent_id: int | None = None,
        run_id: str | None = None,
    ) -> RunView:
        """A run that waits for its place, or has it already; `run_id` is its id where somebody has promised it one
        (`new_run_id`). Raises `UnknownModule`, `ModuleUnavailable`,
        `InvalidParameters` with all faults, `QueueFull` and `Closing`."""
        if self._actor.closing:
            raise Closing("The control center is stopping; nothing is started any more.")
        module = self._module(module_id)
        values = accepted(module, parameters)
        if self._actor.queue_length >= QUEUE_ROOM:
            raise QueueFull(f"{QUEUE_ROOM} runs wait already. Cancel some, or ask again later.")
        job_id, now = await self._jobs.next_id(), self._clock.now()
        entry = new_entry(
            module, values, run_id=run_id or new_run_id(module.id, now), job_id=job_id, now=now, actor=actor,
            parent_id=parent_id, secrets=self._secrets,
        )  # fmt: skip
        self._begin(entry)
        asked = self._view(entry)
        await self._recorder.stored(STORED)  # or a daemon that dies now would know nothing of it
        return asked

    def _begin(self, entry: Entry) -> None:
        spec = entry.spec
        self._moved(spec, None, "queued")
        self._tell(Fact("runs", "run.queued", spec.run_id, entry.actor, payload={"module_id": spec.module_id}))
        self._recorder.run(entry)
        self._actor.add(entry)
        self._publish_soon()

    async def rerun(self, run_id: str, actor: str = "local") -> RunView:
        """Another run of the same module with the same parameters; secret ones were never kept, so a module that needs
        them refuses."""
        view = await self.get(run_id)
        known = self._actor.entries.get(run_id)
        if known is not None and known.values is not None:
            given = known.values
        else:
            given = {name: value for name, value in view.parameters.items() if not self._is_secret(view, name)}
        return await self.submit(view.module_id, given, actor=actor)

    def _is_secret(self, view: RunView, name: str) -> bool:
        module = self._find_module(view.module_id)
        parameter = None if module is None else module.parameter(name)
        return parameter is not None and parameter.secret

    async def cancel(self, run_id: str, timeout: float, actor: str = "local") -> RunView:
        """Ends the run with all that it started. Returns when nothing of it lives, or after `timeout` seconds while it
        is still being stopped. Raises `UnknownRun` and `NotCancellable`."""
        entry = self._actor.entries.get(run_id)
        if entry is None or not machine.may_cancel(entry.state):
            view = await self.get(run_id)
            raise NotCancellable(f"{run_id} is {view.status}: there is nothing left to cancel.")
        entry.actor = actor
        self._actor.post(run_id, happenings.Cancel())
        with suppress(TimeoutError):
            await asyncio.wait_for(entry.done.wait(), timeout)
        await self._recorder.stored(STORED)
        return self._view(entry)

    def hurry(self) -> None:
        """The person asked a second time: no more grace for anything that is being stopped."""
        self._effects.grace_cap = 0.0
        for entry in self._actor.entries.values():
            if entry.ladder is not None:
                entry.ladder.hurry()

    # Looking

    async def get(self, run_id: str) -> RunView:
        """Raises `UnknownRun`."""
        if (entry := self._actor.entries.get(run_id)) is not None:
            return self._view(entry)
        self.folders.of(run_id)  # what is no id of a run is not asked for
        return view_of_rows(await self._history.find(run_id))

    async def page(
        self,
        *,
        module_id: str | None = None,
        status: Status | None = None,
        limit: int = 50,
        offset: int = 0,
        before: int | None = None,
    ) -> RunPage:
        """The newest first; `before` is an exclusive bound of the job's id, by which a page costs the same at any
        depth."""
        await self.stored()
        wanted = Filter(None, module_id, status, before)
        stretch = await self._history.page(wanted, limit=limit, offset=offset)
        views = tuple(self._view_of(both) for both in stretch.rows)
        return RunPage(views, stretch.total, stretch.following)

    def _view_of(self, both: Both) -> RunView:
        entry = self._actor.entries.get(both[1].run_id)
        return view_of_rows(both) if entry is None or entry.state.finished else self._view(entry)

    def goes_on(self, run_id: str) -> bool:
        """Whether it has not finished."""
        entry = self._actor.entries.get(run_id)
        return entry is not None and not entry.state.finished

    async def stored(self) -> bool:
        """What is so now can be read from the database; False where that does not answer in time."""
        return await self._recorder.stored(READ_STORED)

    async def log(self, run_id: str) -> Log:
        """One log for all attempts. Raises `UnknownRun`."""
        view = await self.get(run_id)
        module = self._find_module(view.module_id)
        return self.folders.log(run_id, "utf-8" if module is None else module.log.encoding)

    async def outcome(self, run_id: str) -> Outcome | None:
        """None while it has not finished. Raises `UnknownRun`."""
        view = await self.get(run_id)
        return Outcome(view.status, view.exit_code, view.exit_signal) if view.status in FINISHED else None

    async def ended(self, run_id: str) -> Outcome:
        """Waits for it. Raises `UnknownRun`."""
        if (entry := self._actor.entries.get(run_id)) is not None:
            await entry.done.wait()
            code, signal = (entry.state.exit.code, entry.state.exit.signal) if entry.state.exit else (None, None)
            return Outcome(entry.state.status, code, signal)
        outcome = await self.outcome(run_id)
        assert outcome is not None  # only what has finished is let go
        return outcome

    async def results(self, run_id: str) -> Results:
        """The files that it has left so far. Raises `UnknownRun`."""
        view = await self.get(run_id)
        module = self._find_module(view.module_id)
        outputs: tuple[str, ...] = () if module is None else module.outputs
        cwd = None if module is None else module.cwd
        return await asyncio.to_thread(results, self.folders.of(run_id), cwd, outputs, view.started_at)

    def active(self) -> tuple[RunView, ...]:
        """All that have not finished: those that go first, then the queue in its order."""
        now, places = self._clock.now().timestamp(), self._actor.places()
        views = [
            view_of(entry, now, places.get(entry.spec.run_id))
            for entry in self._actor.entries.values()
            if not entry.state.finished
        ]
        return tuple(sorted(views, key=lambda view: (view.status == "queued", view.position or 0, view.job_id)))

    def folder(self, run_id: str) -> Path:
        """Where its files lie. Raises `UnknownRun` for what is no run's id."""
        return self.folders.of(run_id)

    def busy(self) -> frozenset[str]:
        """The modules of which a run goes now."""
        entries = self._actor.entries.values()
        return frozenset(one.spec.module_id for one in entries if one.state.status in happenings.WITH_TREE)

    def running(self) -> int:
        """How many go now."""
        return sum(entry.state.status in happenings.WITH_TREE for entry in self._actor.entries.values())

    def statistics(self) -> Mapping[str, Statistics]:
        """Of each module that was ever run."""
        return statistics_of(self._jobs)

    def totals(self) -> Totals:
        return totals_of(self._jobs)

    def _view(self, entry: Entry) -> RunView:
        place = self._actor.place(entry.spec.run_id) if entry.state.status == "queued" else None
        return view_of(entry, self._clock.now().timestamp(), place)

    # What follows from a change

    def _launched(self, entry: Entry, tree: Tree, invocation: Invocation) -> None:
        self._recorder.tree(entry, tree, invocation.shown_argv)
        self._custody.take(entry, tree)
        self._watch.begin()

    def _observe(self, entry: Entry, before: State, after: State) -> None:
        if entry.ladder is not None and entry.ladder.tree != after.tree:
            entry.ladder.tree_ended()  # its end was on the way before the stop began
        if before.status != after.status:
            self._moved(entry.spec, before.status, after.status)
        self._recorder.run(entry)
        if after.status in happenings.WITH_TREE:
            entry.at_rest.clear()
        else:
            entry.at_rest.set()
        if after.finished:
            entry.values = None
            entry.done.set()
        self._publish_soon()

    def _let_go(self, entry: Entry) -> None:
        self._actor.entries.pop(entry.spec.run_id, None)

    def _moved(self, spec: RunSpec, before: Status | None, after: Status | None) -> None:
        self._jobs.moved(table.TYPE, spec.module_id, before, after, spec.queued_at)

    def _somebody_follows(self) -> None:
        self.views.value = self._encode(self.active())

    def _publish_soon(self) -> None:
        """Once for all changes of one turn of the loop."""
        if self.views.watched and not self._publishing:
            self._publishing = True
            asyncio.get_running_loop().call_soon(self._publish)

    def _publish(self) -> None:
        self._publishing = False
        self.views.publish(self._encode(self.active()))

    # Ending

    async def close(self, grace_cap: float | None = None) -> None:
        """Stops what runs, and marks it `interrupted`; what waits goes on waiting."""
        self._actor.closing = True
        if grace_cap is not None:
            self._effects.grace_cap = grace_cap
        going = [entry for entry in self._actor.entries.values() if entry.state.status in happenings.WITH_TREE]
        for entry in going:
            self._actor.post(entry.spec.run_id, happenings.Leave())
        longest = max((entry.spec.stop.timeout for entry in going), default=0.0) + FORCE_LIMIT
        try:
            async with asyncio.timeout(longest):
                for entry in going:
                    await entry.at_rest.wait()
        except TimeoutError:
            log.error(
                "some runs could not be ended: %s", [one.spec.run_id for one in going if not one.at_rest.is_set()]
            )
        await self._recorder.flush()
