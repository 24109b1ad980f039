"""What the recorder stores, kept in two dictionaries: a database fast enough for thousands of daemons' lives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from backend.database.engine import DatabaseUnavailable
from backend.database.repositories import processes, supervisor


class Records:
    """Stands for the database and, by `services` and `trees`, for its repositories. A write is whole or not at all."""

    def __init__(self) -> None:
        self.rows: dict[str, SimpleNamespace] = {}
        self.trees: dict[str, SimpleNamespace] = {}
        self.answers = True
        self.delay: Callable[[], float] = lambda: 0.0

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Records]:
        self._must_answer()
        yield self

    async def write(self, work: Callable[[Any], Awaitable[Any]]) -> None:
        self._must_answer()
        draft = Records()
        draft.rows = {key: SimpleNamespace(**vars(row)) for key, row in self.rows.items()}
        draft.trees = {key: SimpleNamespace(**vars(row)) for key, row in self.trees.items()}
        await work(draft)
        await asyncio.sleep(self.delay())
        self._must_answer()
        self.rows, self.trees = draft.rows, draft.trees

    def _must_answer(self) -> None:
        if not self.answers:
            raise DatabaseUnavailable("it is out")


class Services:
    """As `backend.database.repositories.supervisor`."""

    Declared = supervisor.Declared
    Known = supervisor.Known

    @staticmethod
    async def rows(session: Records) -> dict[str, Any]:
        return dict(session.rows)

    @staticmethod
    async def store(session: Records, services: Sequence[supervisor.Known]) -> None:
        for one in services:
            empty = SimpleNamespace(id=one.declared.id, exit_code=None, exit_signal=None)
            row = session.rows.setdefault(one.declared.id, empty)
            row.__dict__.update(
                wanted=one.wanted, status=one.status, health=one.health, tree=one.tree, pid=one.pid,
                restarts=one.restarts, started_at=one.started_at, updated_at=one.at,
            )  # fmt: skip
            if one.exited_at is not None:
                row.__dict__.update(exit_code=one.exit_code, exit_signal=one.exit_signal, exited_at=one.exited_at)


class Trees:
    """As `backend.database.repositories.processes`."""

    Launch = processes.Launch
    History = processes.History

    @staticmethod
    async def store(session: Records, trees: Sequence[processes.History]) -> None:
        for one in trees:
            session.trees[one.launch.tree] = SimpleNamespace(
                launch=one.launch, exited_at=one.exited_at, ended_at=one.ended_at
            )
