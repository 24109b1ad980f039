"""Writes what the supervisor decided into the database, without ever letting it wait.

The newest state of each service and the history of each tree stay here until they are stored: one row a service, one a
tree. While the database does not answer nothing is lost; when it answers again everything is written.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import CenterError
from backend.core.secrets import Secrets
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.pending import Pending
from backend.database.repositories import processes, supervisor
from backend.database.rest import LONGEST, rest_after
from backend.database.tables.supervisor import ServiceRow
from backend.services.definitions.model import ServiceSpec
from backend.services.processes.runtime import Exit, Tree
from backend.services.supervisor.happenings import (
    AT_REST,
    WITH_TREE,
    Outcome,
    State,
    Status,
    Wanted,
)
from backend.services.supervisor.ladder import Receipt

log = logging.getLogger(__name__)

RETRY = 0.5  # seconds
FLUSH_LIMIT = 2.0  # seconds that leaving waits for the database


@dataclass(frozen=True)
class Remembered:
    """What an earlier life of the daemon knew of a service."""

    wanted: Wanted
    status: Status
    last: Outcome | None
    since: float  # epoch seconds
    restarts: int


@dataclass(frozen=True)
class _Service:
    spec: ServiceSpec
    state: State
    at: datetime


@dataclass
class _Tree:
    launch: processes.Launch
    exit: Exit | None = None
    ended_at: datetime | None = None
    receipt: Receipt | None = None


class Recorder:
    """`stored_end` is called with each tree whose end is safely in the database."""

    def __init__(self, database: Database, tasks: Tasks, secrets: Secrets | None = None) -> None:
        self._database = database
        self._secrets = secrets or Secrets()
        self._services: dict[str, _Service] = {}
        self._trees: dict[str, _Tree] = {}  # all that were not stored with their end yet
        self._dirty_trees: set[str] = set()
        self._pending = Pending()
        self._complained = False
        self._stored_end: Callable[[str], Awaitable[None]] | None = None
        tasks.spawn(self._run(), name="supervisor records")

    def on_stored_end(self, stored_end: Callable[[str], Awaitable[None]]) -> None:
        self._stored_end = stored_end

    async def remembered(self) -> Mapping[str, Remembered]:
        """Empty when the database does not answer: what runs is known by the keeper all the same."""
        try:
            async with self._database.read() as session:
                rows = await supervisor.rows(session)
        except CenterError as error:
            log.warning("what was wanted cannot be read: %s", error.detail)
            return {}
        return {service: _remembered(row) for service, row in rows.items()}

    def service(self, spec: ServiceSpec, state: State, at: datetime) -> None:
        self._services[spec.id] = _Service(spec, state, at)
        self._mark()

    def tree(self, spec: ServiceSpec, tree: Tree) -> None:
        launch = processes.Launch(
            tree=tree.id,
            owner=tree.owner,
            pid=tree.identity.pid,
            start=tree.identity.start,
            boot=tree.identity.boot,
            command=self._public(spec.command),
            cwd=self._secrets.hide(str(spec.cwd)),
            log=self._secrets.hide(tree.log_path),
            lifetime=tree.lifetime,
            at=tree.started_at,
        )
        self._trees[tree.id] = _Tree(launch)
        self._mark(tree.id)

    def exited(self, tree: str, exit_: Exit) -> None:
        if tree in self._trees:
            self._trees[tree].exit = exit_
            self._mark(tree)

    def ended(self, tree: str, exit_: Exit | None, at: datetime, receipt: Receipt | None = None) -> None:
        """`receipt` says by which rung of the ladder, when it was stopped."""
        if tree in self._trees:
            known = self._trees[tree]
            known.exit, known.ended_at = exit_ or known.exit, at
            known.receipt = receipt and replace(receipt, rung=self._secrets.hide(receipt.rung))
            self._mark(tree)

    async def flush(self) -> None:
        """Waits for all to be stored, within a bound."""
        if not await self.stored(FLUSH_LIMIT):
            log.warning("the last states of services could not be stored")

    async def stored(self, patience: float) -> bool:
        """Writes at once what is known; False when that takes longer than `patience` seconds."""
        return await self._pending.stored(patience)

    def _known(self, service: _Service) -> supervisor.Known:
        state, last = service.state, service.state.last
        over = last is not None and state.status not in WITH_TREE
        return supervisor.Known(
            self._declared(service.spec),
            service.at,
            wanted=state.wanted,
            status=state.status,
            health=state.health,
            tree=state.tree,
            pid=state.pid,
            restarts=state.restarts,
            started_at=_time(state.started_at),
            stopped_at=service.at if state.status in AT_REST else None,
            exit_code=None if last is None else last.code,
            exit_signal=None if last is None else last.signal,
            exited_at=service.at if over else None,
        )

    def _declared(self, spec: ServiceSpec) -> supervisor.Declared:
        return supervisor.Declared(
            id=spec.id,
            name=self._secrets.hide(spec.name),
            command=self._public(spec.command),
            cwd=self._secrets.hide(str(spec.cwd)),
            description=self._secrets.hide(spec.description) or None,
            port=spec.port_number,
        )

    def _public(self, command: Iterable[str]) -> tuple[str, ...]:
        return tuple(self._secrets.hide(part) for part in command)

    def _mark(self, tree: str | None = None) -> None:
        if tree is not None:
            self._dirty_trees.add(tree)
        self._pending.mark()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        rest = LONGEST  # all that an opening brings is stored at once
        while True:
            await self._pending.gathered(rest)
            begun = loop.time()
            services, self._services = self._services, {}
            trees = {tree: replace(self._trees[tree]) for tree in self._dirty_trees if tree in self._trees}
            self._dirty_trees = set()
            try:
                await self._database.write(
                    partial(_save, services=[self._known(one) for one in services.values()], trees=trees)
                )
            except CenterError as error:
                self._complain(error)
                self._services = {**services, **self._services}
                self._dirty_trees |= trees.keys()
                self._pending.mark()
                await asyncio.sleep(RETRY)
                continue
            except Exception:
                log.exception("%d states and %d trees could not be stored", len(services), len(trees))
                continue
            rest = rest_after(loop.time() - begun)
            self._complained = False
            await self._let_go([tree for tree, row in trees.items() if row.ended_at is not None])
            self._pending.settle()

    def _complain(self, error: CenterError) -> None:
        """Once for each outage."""
        if not self._complained:
            log.warning("states of services wait for the database: %s", error.detail)
        self._complained = True

    async def _let_go(self, ended: list[str]) -> None:
        for tree in ended:
            self._trees.pop(tree, None)
            if self._stored_end is not None:
                await self._stored_end(tree)


async def _save(session: AsyncSession, *, services: Sequence[supervisor.Known], trees: Mapping[str, _Tree]) -> None:
    await supervisor.store(session, services)
    await processes.store(session, [_history(tree) for tree in trees.values()])


def _history(tree: _Tree) -> processes.History:
    return processes.History(
        tree.launch,
        exited_at=None if tree.exit is None else tree.exit.at,
        exit_code=None if tree.exit is None else tree.exit.code,
        exit_signal=None if tree.exit is None else tree.exit.signal,
        ended_at=tree.ended_at,
        stop_rung=None if tree.receipt is None else tree.receipt.rung,
        stop_seconds=None if tree.receipt is None else tree.receipt.seconds,
    )


def _remembered(row: ServiceRow) -> Remembered:
    known = row.exit_code is not None or row.exit_signal is not None
    last = Exit(row.exit_code, row.exit_signal, row.updated_at) if known else None
    outcome = Outcome(last.code, last.signal, last.text) if last is not None else None
    return Remembered(
        wanted=cast(Wanted, row.wanted),
        status=cast(Status, row.status),
        last=outcome,
        since=row.updated_at.timestamp(),
        restarts=row.restarts,
    )


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
