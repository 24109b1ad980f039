"""Writes what became of runs into the database, without ever letting the runner wait.

What is so now of each changed run, of the trees it had and of the leases it held goes into one unit of work, with the
counts of jobs and the facts that were told of it. While the database does not answer nothing is lost; when it answers
again everything is written.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import CenterError
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.journal import Journal
from backend.database.repositories import jobs, leases, processes, runs
from backend.database.repositories.runs import Both
from backend.database.work import Work
from backend.services.leases import Lease
from backend.services.processes.runtime import Exit, Tree
from backend.services.runs.actor import HOLDER
from backend.services.runs.entry import Entry
from backend.services.runs.happenings import Status
from backend.services.runs.rows import job_of, record_of
from backend.services.supervisor.ladder import Receipt

log = logging.getLogger(__name__)

TOGETHER = 0.02  # seconds within which changes are written together, out of the way of what causes them
RETRY = 0.5  # seconds
FLUSH_LIMIT = 2.0  # seconds that leaving waits for the database
MOST = 500  # rows in one statement: others have their turn between two of them


@dataclass(frozen=True)
class _Batch:
    """What one unit writes, as it was when the unit was made; `upto` is how many changes had been told by then."""

    upto: int
    entries: Sequence[tuple[Entry, Status]]
    over: Sequence[str]  # trees whose end is written with it
    jobs: Sequence[jobs.Job]
    records: Sequence[runs.Record]
    trees: Sequence[processes.History]
    leases: Sequence[Lease]

    def apart(self) -> Iterator[_Batch]:
        """The same one by one."""
        for entry, job, record in zip(self.entries, self.jobs, self.records, strict=True):
            mine = [tree for tree in self.over if tree in entry[0].over]
            yield replace(self, entries=[entry], over=mine, jobs=[job], records=[record], trees=[], leases=[])
        rest = replace(self, entries=[], over=[], jobs=[], records=[], trees=[], leases=[])
        for tree in self.trees:
            yield replace(rest, trees=[tree])
        for lease in self.leases:
            yield replace(rest, leases=[lease])


class Recorder:
    """`stored_end` is called with each tree whose end is safely in the database, `let_go` with each run."""

    def __init__(self, database: Database, journal: Journal, tasks: Tasks, hide: Callable[[str], str]) -> None:
        self._database = database
        self._journal = journal
        self._tasks = tasks
        self._hide = hide
        self._runs: dict[str, Entry] = {}
        self._trees: dict[str, processes.History] = {}  # all that were not stored with their end yet
        self._changed_trees: set[str] = set()
        self._leases: dict[str, Lease] = {}
        self._dirty = asyncio.Event()
        self._hurry = asyncio.Event()
        self._writing = NOTHING
        self._told = 0  # changes
        self._settled = 0  # up to which of them nothing is left to do
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._complained = False
        self._stored_end: Callable[[str], Awaitable[None]] | None = None
        self._let_go: Callable[[Entry], None] = lambda entry: None
        tasks.spawn(self._keep_storing(), name="run records")

    def on_stored_end(self, stored_end: Callable[[str], Awaitable[None]]) -> None:
        self._stored_end = stored_end

    def on_finished(self, let_go: Callable[[Entry], None]) -> None:
        self._let_go = let_go

    async def unfinished(self) -> list[Both]:
        """What an earlier life of the daemon left; empty where the database does not answer."""
        try:
            async with self._database.read() as session:
                found = await runs.unfinished(session)
        except CenterError as error:
            log.warning("earlier runs cannot be read: %s", error.detail)
            return []
        self._tasks.spawn(self._release_dead(), name="release leases of earlier runs")
        return found

    async def finished(self, run_ids: Collection[str]) -> frozenset[str]:
        """Those of them that are stored with their end."""
        try:
            async with self._database.read() as session:
                return frozenset(await runs.finished(session, run_ids))
        except CenterError:
            return frozenset(run_ids)

    async def _release_dead(self) -> None:
        """Before anything else is written: who lives is granted its leases anew."""
        try:
            await self._database.write(partial(leases.release_all, prefix=HOLDER))
        except CenterError as error:
            log.warning("leases of earlier runs stay on record: %s", error.detail)

    # What changed

    def run(self, entry: Entry) -> None:
        self._runs[entry.spec.run_id] = entry
        self._mark()

    def lease(self, lease: Lease) -> None:
        self._leases[lease.resource] = lease
        self._mark()

    def tree(self, entry: Entry, tree: Tree, command: Sequence[str]) -> None:
        """`command` without secrets."""
        launch = processes.Launch(
            tree=tree.id,
            owner=tree.owner,
            pid=tree.identity.pid,
            start=tree.identity.start,
            boot=tree.identity.boot,
            command=tuple(self._hide(part) for part in command),
            cwd=self._hide(str(entry.spec.cwd)),
            log=self._hide(tree.log_path),
            lifetime=tree.lifetime,
            at=tree.started_at,
        )
        self._tell_tree(processes.History(launch))

    def exited(self, tree: str, exit_: Exit) -> None:
        if (known := self._trees.get(tree)) is not None:
            self._tell_tree(
                replace(known, exited_at=exit_.at, exit_code=exit_.code, exit_signal=exit_.signal)
            )  # fmt: skip

    def ended(self, tree: str, exit_: Exit | None, at: datetime, receipt: Receipt | None) -> None:
        """`receipt` says by which rung of the ladder, when it was stopped."""
        if exit_ is not None:
            self.exited(tree, exit_)
        if (known := self._trees.get(tree)) is not None:
            rung, seconds = (None, None) if receipt is None else (self._hide(receipt.rung), receipt.seconds)
            self._tell_tree(replace(known, ended_at=at, stop_rung=rung, stop_seconds=seconds))

    def _tell_tree(self, history: processes.History) -> None:
        self._trees[history.launch.tree] = history
        self._changed_trees.add(history.launch.tree)
        self._mark()

    def _mark(self) -> None:
        self._told += 1
        self._dirty.set()

    # Storing

    async def flush(self) -> None:
        """Waits for all to be stored, within a bound."""
        if not await self.stored(FLUSH_LIMIT):
            log.warning("the last states of runs could not be stored")

    async def stored(self, patience: float) -> bool:
        """Writes at once what is known by now; False when that takes longer than `patience` seconds."""
        if self._settled >= self._told:
            return True
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append((self._told, waiter))
        self._hurry.set()
        try:
            async with asyncio.timeout(patience):
                await waiter
        except TimeoutError:
            return False
        return True

    async def _keep_storing(self) -> None:
        while True:
            await self._dirty.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(TOGETHER):
                    await self._hurry.wait()
            self._writing = NOTHING
            try:
                await self._journal.write(self._prepare)
            except CenterError as error:
                self._complain(error)
                self._put_back(self._writing)
                await asyncio.sleep(RETRY)
            except Exception:
                log.exception("some of %d changed runs cannot be stored", len(self._writing.entries))
                await self._store_apart(self._writing)
            else:
                self._complained = False
                self._settle(self._writing)
                await self._after(self._writing)

    async def _store_apart(self, batch: _Batch) -> None:
        """What the database refuses takes nothing else along."""
        settled = True
        for part in batch.apart():
            try:
                await self._database.write(partial(_save, batch=part))
            except CenterError as error:
                self._complain(error)
                self._put_back(part)
                settled = False
            except Exception:
                log.exception("%s cannot be stored", [entry.spec.run_id for entry, _ in part.entries] or "a tree")
                self._forget(part)
            else:
                await self._after(part)
        if settled:
            self._settle(batch)

    def _prepare(self) -> Work[None]:
        self._hurry.clear()
        self._writing = self._take()
        return partial(_save, batch=self._writing)

    def _take(self) -> _Batch:
        chosen, self._runs = list(self._runs.values()), {}
        trees = [self._trees[tree] for tree in self._changed_trees]
        self._changed_trees = set()
        held, self._leases = list(self._leases.values()), {}
        self._dirty.clear()
        return _Batch(
            upto=self._told,
            entries=[(entry, entry.state.status) for entry in chosen],
            over=[tree for entry in chosen for tree in entry.over if tree != entry.state.tree or entry.state.finished],
            jobs=[job_of(entry) for entry in chosen],
            records=[record_of(entry, self._hide) for entry in chosen],
            trees=trees,
            leases=held,
        )

    def _put_back(self, batch: _Batch) -> None:
        """What changed since counts."""
        self._runs = {**{entry.spec.run_id: entry for entry, _ in batch.entries}, **self._runs}
        self._changed_trees |= {history.launch.tree for history in batch.trees}
        self._leases = {**{lease.resource: lease for lease in batch.leases}, **self._leases}
        self._dirty.set()

    def _settle(self, batch: _Batch) -> None:
        self._settled = batch.upto
        for wanted, waiter in self._waiters:
            if wanted <= self._settled and not waiter.done():
                waiter.set_result(None)
        self._waiters = [(wanted, waiter) for wanted, waiter in self._waiters if not waiter.done()]

    async def _after(self, batch: _Batch) -> None:
        for entry, status in batch.entries:
            entry.stored = status
            entry.over = [tree for tree in entry.over if tree not in batch.over]
        self._forget(batch)
        if self._stored_end is not None:
            await asyncio.gather(*(self._stored_end(tree) for tree in batch.over))

    def _forget(self, batch: _Batch) -> None:
        """What nothing more will be written of."""
        for entry, status in batch.entries:
            if entry.state.finished and entry.state.status == status:
                self._let_go(entry)
        for history in batch.trees:
            if history.ended_at is not None:
                self._trees.pop(history.launch.tree, None)

    def _complain(self, error: CenterError) -> None:
        """Once for each outage."""
        if not self._complained:
            log.warning("states of runs wait for the database: %s", error.detail)
        self._complained = True


async def _save(session: AsyncSession, *, batch: _Batch) -> None:
    for first in range(0, len(batch.jobs), MOST):
        await jobs.store(session, batch.jobs[first : first + MOST])
        await runs.store(session, batch.records[first : first + MOST])
    await processes.store(session, batch.trees)
    await leases.store(session, [leases.Held(one.resource, one.holder, one.fencing, one.since) for one in batch.leases])


NOTHING = _Batch(upto=0, entries=(), over=(), jobs=(), records=(), trees=(), leases=())
