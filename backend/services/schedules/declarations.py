"""Keeps the schedules that definitions declare in step with them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from backend.core.errors import Unavailable
from backend.core.secrets import Secrets
from backend.services.modules import Catalogue
from backend.services.modules.model import Module
from backend.services.modules.parameters import without_secrets
from backend.services.modules.rules import Plan
from backend.services.schedules.book import Book
from backend.services.schedules.model import Schedule
from backend.services.schedules.reconcile import Declared, declared, differences
from backend.services.schedules.rows import plan_values

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0

Tell = Callable[[str, Schedule], None]


class Declarations:
    """`tell` says what became of a schedule."""

    def __init__(self, *, book: Book, catalogue: Catalogue, secrets: Secrets, tell: Tell) -> None:
        self._book, self._catalogue, self._secrets, self._tell = book, catalogue, secrets, tell
        self._changed = asyncio.Event()

    def look_again(self) -> None:
        """A module was added, changed or removed."""
        self._changed.set()

    async def follow(self) -> None:
        """Once at first, then at each change of a module."""
        while True:
            self._changed.clear()
            try:
                await self.keep()
            except Unavailable as error:
                log.warning("declared schedules wait: %s", error.detail)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            except Exception:
                log.exception("declared schedules could not be taken over")
            await self._changed.wait()

    async def keep(self) -> None:
        """Raises `DatabaseUnavailable`."""
        await self._book.open()
        wanted = declared(self._catalogue.modules.values(), self._public)
        found = differences(self._book.entries.values(), wanted, self._is_faulty)
        for schedule in found.removed:
            await self._book.remove(schedule.id)
            self._tell("removed", schedule)
        for one in found.added:
            await self._add(one)
        for schedule, one in found.changed:
            await self._change(schedule, one)

    async def _add(self, one: Declared) -> None:
        values = plan_values(one.plan, one.plan.parameters)
        first = self._book.first(one.plan, self._book.clock.now())
        added = await self._book.add(
            {"name": one.name, "declared": one.slot, "subject": one.module_id, "next_at": first, **values}
        )
        self._tell("added", added)

    async def _change(self, schedule: Schedule, one: Declared) -> None:
        changed = await self._book.replan(schedule.id, one.module_id, one.name, one.plan)
        self._tell("changed", changed)

    def _public(self, module: Module, plan: Plan) -> Plan:
        return replace(plan, parameters=self._secrets.hide_in(without_secrets(module, plan.parameters)))

    def _is_faulty(self, module_id: str) -> bool:
        """Whether it may be there again once something is mended."""
        errors = (one for one in self._catalogue.faults if one.fault.severity == "error")
        return any(one.module in (None, module_id) for one in errors)
