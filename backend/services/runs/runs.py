"""Runs as the rest of the program has them: asked for, cancelled, looked at, and an orderly end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from backend.core.bus import Latest
from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Fact
from backend.core.secrets import Secrets
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.journal import Journal
from backend.database.repositories import runs as table
from backend.services.jobs import Jobs
from backend.services.leases import Leases
from backend.services.modules.invocation import Invocation
from backend.services.modules.model import Module
from backend.services.processes.environment import tool_environment
from backend.services.processes.runtime import KeeperAway, KeeperBack, Runtime, Tree
from backend.services.runs import happenings, machine
from backend.services.runs.actor import Actor
from backend.services.runs.asking import accepted, asked_again, new_entry
from backend.services.runs.board import Board
from backend.services.runs.closing import stop_all
from backend.services.runs.custody import Custody
from backend.services.runs.effects import Effects
from backend.services.runs.entry import Entry
from backend.services.runs.errors import Closing, NotCancellable, QueueFull
from backend.services.runs.folder import RunFolders
from backend.services.runs.happenings import State, Status
from backend.services.runs.history import History
from backend.services.runs.keep import Keep
from backend.services.runs.launching import Launching
from backend.services.runs.looking import Looking
from backend.services.runs.promise import promise
from backend.services.runs.recorder import Recorder
from backend.services.runs.recovery import recover
from backend.services.runs.retention import Retention
from backend.services.runs.spec import OWNER, RunSpec, new_run_id
from backend.services.runs.takeover import Takeover
from backend.services.runs.views import RunView
from backend.services.runs.watch import Measure, Watch

QUEUE_ROOM = 1000  # runs that may wait


class Runs(Looking):
    """`module` finds a module or raises, `measure` reads what groups of processes use, `keep` says which runs stay once
    they are over. `views` carries all runs that have not finished, as `board.py` tells them."""

    def __init__(
        self,
        *,
        database: Database,
        journal: Journal,
        jobs: Jobs,
        leases: Leases,
        runtime: Runtime,
        tasks: Tasks,
        clock: Clock,
        secrets: Secrets,
        module: Callable[[str], Module],
        folder: Path,
        slots: int,
        dry: bool,
        private: Collection[str],
        measure: Measure,
        interval: float,
        keep: Callable[[], Keep],
    ) -> None:
        recorder, folders = Recorder(database, journal, tasks, secrets.hide), RunFolders(folder)
        self._board = Board(self.active, clock)
        self._database = database
        self._leases = leases
        self._runtime = runtime
        self._tasks = tasks
        self._tell = partial(journal.tell, along=True)
        self._secrets = secrets
        self._forgetting: asyncio.Task[None] | None = None
        recorder.on_finished(self._let_go)
        leases.changed = recorder.lease
        self._launching = Launching(
            runtime=runtime,
            clock=clock,
            folders=folders,
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
            changed=self._board.changed,
            hide=secrets.hide,
        )
        actor = Actor(
            leases=leases,
            slots=slots,
            tree_prefix=runtime.tree_prefix,
            clock=clock,
            tell=self._tell,
            perform=self._effects.perform,
            observe=self._observe,
            hide=secrets.hide,
        )
        super().__init__(
            actor=actor, recorder=recorder, folders=folders, jobs=jobs, clock=clock, module=module,
            history=History(database, jobs), hide=secrets.hide,
        )  # fmt: skip
        self._effects.report_to(actor.post)
        self._custody = Custody(
            actor=actor,
            runtime=runtime,
            recorder=recorder,
            folders=folders,
            tasks=tasks,
            clock=clock,
            keeper_there=self._launching.keeper_there,
            hide=secrets.hide,
        )
        self._watch = Watch(
            entries=actor.entries,
            trees=lambda: self._custody.trees,
            runtime=runtime,
            folders=folders,
            tasks=tasks,
            clock=clock,
            measure=measure,
            interval=interval,
            changed=self._board.changed,
        )
        self._retention = Retention(
            database=database,
            jobs=jobs,
            folders=folders,
            clock=clock,
            tell=journal.tell,
            keep=keep,
            present=actor.entries,
        )

    @property
    def views(self) -> Latest[str]:
        return self._board.views

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
        rows = await self._recorder.unfinished()
        over = await self._recorder.finished([tree.owner[1] for tree in trees if tree.owner[0] == OWNER and tree.ended])
        recovered = recover(rows, trees, self._find_module, over=over, fresh=found.fresh)
        takeover = Takeover(
            actor=self._actor,
            custody=self._custody,
            recorder=self._recorder,
            jobs=self._jobs,
            leases=self._leases,
        )
        await takeover.of(recovered)
        if self._custody.trees:
            self._watch.begin()
        self._custody.ready()
        self._tasks.spawn(self._actor.run(), name="runner")
        self._forgetting = self._tasks.spawn(self._retention.keep_forgetting(), name="retention of runs")

    # Wishes

    async def submit(
        self,
        module_id: str,
        parameters: Mapping[str, Any],
        *,
        actor: str = "local",
        parent_id: int | None = None,
        run_id: str | None = None,
        cause: str | None = None,
    ) -> RunView:
        """A run that waits for its place, or has it already, and that no crash loses any more; `run_id` is its id where
        somebody has promised it one (`new_run_id`), and `cause` the id of the event that led to it. Raises
        `UnknownModule`, `ModuleUnavailable`, `InvalidParameters` with all faults, `QueueFull`, `Closing`, `NotKept` and
        `DatabaseUnavailable`."""
        module = self._module(module_id)
        values = accepted(module, parameters)
        job_id, now = await self._jobs.next_id(), self._clock.now()
        if self._actor.closing:
            raise Closing("The control center is stopping; nothing is started any more.")
        if self._actor.queue_length >= QUEUE_ROOM:
            raise QueueFull(f"{QUEUE_ROOM} runs wait already. Cancel some, or ask again later.")
        entry = new_entry(
            module, values, run_id=run_id or new_run_id(module.id, now), job_id=job_id, now=now, actor=actor,
            parent_id=parent_id, secrets=self._secrets,
        )  # fmt: skip
        self._begin(entry, cause)
        asked = self._view(entry)
        await promise(entry, self._actor, self._recorder)
        return asked

    def _begin(self, entry: Entry, cause: str | None) -> None:
        spec = entry.spec
        self._moved(spec, None, "queued")
        payload = {"module_id": spec.module_id}
        entry.told = self._tell(Fact("runs", "run.queued", spec.run_id, entry.actor, cause, payload)).id
        self._recorder.run(entry)
        self._actor.add(entry)
        self._board.changed()

    async def rerun(self, run_id: str, actor: str = "local") -> RunView:
        """Another run of the same module with the same parameters; secret ones were never kept, so a module that needs
        them refuses."""
        view = await self.get(run_id)
        known = self._actor.entries.get(run_id)
        values = view.parameters if known is None or known.values is None else known.values
        given = asked_again(self._module(view.module_id), values)
        return await self.submit(view.module_id, given, actor=actor)

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
        await self.stored()
        return self._view(entry)

    def hurry(self) -> None:
        """The person asked a second time: no more grace for anything that is being stopped."""
        self._effects.grace_cap = 0.0
        for entry in self._actor.entries.values():
            if entry.ladder is not None:
                entry.ladder.hurry()

    # What follows from a change

    def _launched(self, entry: Entry, tree: Tree, invocation: Invocation) -> None:
        entry.held.set()
        entry.begun.set()
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
            entry.begun.set()
            entry.done.set()
        self._board.changed()

    def _let_go(self, entry: Entry) -> None:
        self._actor.entries.pop(entry.spec.run_id, None)

    def _moved(self, spec: RunSpec, before: Status | None, after: Status | None) -> None:
        self._jobs.moved(table.TYPE, spec.module_id, before, after, spec.queued_at)

    # Ending

    async def close(self, grace_cap: float | None = None) -> None:
        """Stops what runs, and marks it `interrupted`; what waits goes on waiting."""
        if self._forgetting is not None:
            self._forgetting.cancel()
        if grace_cap is not None:
            self._effects.grace_cap = grace_cap
        await stop_all(self._actor)
        await self._recorder.flush()
