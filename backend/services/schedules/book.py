"""All schedules, as their table has them. Every change is written first and is true afterwards; nothing else writes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from functools import partial
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from backend.core.clock import Clock
from backend.database.database import Database
from backend.database.repositories import schedules as table
from backend.database.tables.schedules import ScheduleRow
from backend.services.modules.rules import After, Cron, Every, Plan
from backend.services.schedules.errors import UnknownSchedule
from backend.services.schedules.model import Schedule
from backend.services.schedules.rows import TARGET, plan_values, schedule_of
from backend.services.schedules.times import following

log = logging.getLogger(__name__)


class Book:
    """`entries` by id. `changed` is called after each change. `local` is the zone of rules that name none."""

    def __init__(self, database: Database, clock: Clock, local: tzinfo) -> None:
        self.entries: dict[int, Schedule] = {}
        self.local = local
        self.clock = clock
        self.changed: Callable[[], None] = lambda: None
        self._database = database
        self._opening = asyncio.Lock()
        self._changing = asyncio.Lock()  # what a change makes of a schedule hangs on what it was
        self._opened = False

    async def open(self) -> None:
        """Reads the table; done at the first need where the database does not answer before."""
        async with self._opening:
            if self._opened:
                return
            async with self._database.read() as session:
                rows = await table.every(session)
            self.entries = {row.id: schedule_of(row) for row in rows}
            self._opened = True

    async def get(self, schedule: int) -> Schedule:
        """Raises `UnknownSchedule`."""
        await self.open()
        if (found := self.entries.get(schedule)) is None:
            raise UnknownSchedule(f"There is no schedule {schedule}. GET /api/schedules lists them.")
        return found

    def first(self, plan: Plan, base: datetime) -> datetime | None:
        """When a plan that begins at `base` comes first; None where it waits for something to happen."""
        if not isinstance(plan.rule, (Cron, Every)):
            return None
        try:
            return following(plan.rule, base, self.local)
        except ZoneInfoNotFoundError as error:
            log.error("a schedule cannot come: %s", error)
            return None

    def follows(self, but: int | None = None) -> Iterator[tuple[str, After]]:
        """Which modules are run after others, as things stand; `but` is the id of a schedule that does not count."""
        for one in self.entries.values():
            if isinstance(one.plan.rule, After) and not one.paused and one.id != but:
                yield one.module_id, one.plan.rule

    async def add(self, values: Mapping[str, Any]) -> Schedule:
        now = self.clock.now()
        stamps = {"reckoned_at": now, "created_at": now, "updated_at": now}
        whole = {"job_type": TARGET, "paused": False, **stamps, **values}
        added = self._keep(await self._database.write(partial(table.add, values=whole)))
        assert added is not None
        return added

    async def change(self, schedule: int, **values: Any) -> Schedule:
        """Raises `UnknownSchedule`."""
        changed = self._keep(await self._database.write(partial(table.change, schedule=schedule, values=values)))
        if changed is None:
            raise UnknownSchedule(f"There is no schedule {schedule} any more.")
        return changed

    async def step(self, schedule: Schedule, next_at: datetime | None, **values: Any) -> None:
        """It waits for another time from now on, unless somebody changed it meanwhile."""
        now = self.clock.now()
        unit = partial(
            table.step,
            schedule=schedule.id,
            seen=schedule.next_at,
            values={"next_at": next_at, "reckoned_at": now, **values},
        )
        self._keep(await self._database.write(unit))

    async def replan(self, schedule: int, module_id: str, name: str, plan: Plan) -> Schedule:
        """Another plan. Its times begin anew where its rule is another one. Raises `UnknownSchedule`."""
        async with self._changing:
            found, now = await self.get(schedule), self.clock.now()
            values: dict[str, Any] = {"subject": module_id, "name": name, "updated_at": now, "last_error": None}
            if plan.rule != found.plan.rule:
                values |= {"reckoned_at": now, "next_at": None if found.paused else self.first(plan, now)}
            return await self.change(schedule, **values, **plan_values(plan, plan.parameters))

    async def pause(self, schedule: int, paused: bool) -> Schedule | None:
        """Or resumed, when its times begin anew; None where it was so already. Raises `UnknownSchedule`."""
        async with self._changing:
            found, now = await self.get(schedule), self.clock.now()
            if found.paused == paused:
                return None
            first = None if paused else self.first(found.plan, now)
            return await self.change(schedule, paused=paused, next_at=first, reckoned_at=now, updated_at=now)

    async def remove(self, schedule: int) -> None:
        await self._database.write(partial(table.remove, schedule=schedule))
        self.entries.pop(schedule, None)
        self.changed()

    # Claims

    async def claim(self, schedule: Schedule, run_id: str, next_at: datetime | None) -> bool:
        """Takes the present time of a schedule for a run to be; False where it was changed or claimed meanwhile."""
        now = self.clock.now()
        values = {"next_at": next_at, "reckoned_at": now, "last_at": now}
        unit = partial(table.claim, schedule=schedule.id, run_id=run_id, seen=schedule.next_at, values=values)
        return self._keep(await self._database.write(unit)) is not None

    async def settle(self, schedule: int, run_id: str | None, error: str | None) -> None:
        """The claim has become this run, or nothing because of `error`."""
        values: dict[str, Any] = {"last_error": error}
        if run_id is not None:
            values["last_run"] = run_id
        self._keep(await self._database.write(partial(table.settle, schedule=schedule, values=values)))

    async def claims(self) -> Mapping[int, str]:
        """What an earlier life of the daemon owes: of each claimed schedule the id of its run."""
        async with self._database.read() as session:
            return await table.claims(session)

    def _keep(self, row: ScheduleRow | None) -> Schedule | None:
        if row is None:
            return None
        kept = schedule_of(row)
        self.entries[kept.id] = kept
        self.changed()
        return kept
