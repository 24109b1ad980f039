"""From a schedule whose time has come to one run, exactly one.

First the time is claimed for a run whose id is settled there and then, then the run is asked for under that id, then
the claim is given back. What stops between these is owed: it is tried again, by the next daemon if need be, which asks
for the run only if nobody knows of one with its id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.core.errors import CenterError, Unavailable
from backend.core.events import Fact
from backend.database.engine import DatabaseUnavailable
from backend.services.modules.model import Module
from backend.services.runs import Runs
from backend.services.runs.errors import UnknownRun
from backend.services.runs.spec import new_run_id
from backend.services.schedules.book import Book
from backend.services.schedules.model import Schedule

AREA = "schedules"
ACTOR = "schedule"


@dataclass(frozen=True, slots=True)
class Cause:
    """What led to a run: the event, and the job that it tells of, where that is known."""

    event: str
    job: int | None


@dataclass(frozen=True, slots=True)
class _Owed:
    run_id: str
    at: datetime | None  # the time that it is for; None where an earlier daemon knew it
    cause: Cause | None = None


class Firing:
    def __init__(
        self,
        *,
        book: Book,
        runs: Runs,
        module: Callable[[str], Module],
        tell: Callable[[Fact], object],
        hide: Callable[[str], str],
    ) -> None:
        self._book, self._runs, self._module, self._tell, self._hide = book, runs, module, tell, hide
        self._owed: dict[int, _Owed] = {}

    def goes_on(self, schedule: Schedule) -> bool:
        """Whether the run before has not finished."""
        return schedule.last_run is not None and self._runs.goes_on(schedule.last_run)

    def parameters(self, schedule: Schedule) -> Mapping[str, Any]:
        """With the secrets that a definition brings, which no row has. Raises `UnknownModule`."""
        if schedule.declared is None:
            return schedule.plan.parameters
        plan = self._module(schedule.module_id).plans.get(schedule.declared, schedule.plan)
        return plan.parameters

    async def fire(
        self, schedule: Schedule, at: datetime, next_at: datetime | None, cause: Cause | None = None
    ) -> bool:
        """Asks for the run of this time, after which the schedule waits for `next_at`; False where the schedule was
        changed meanwhile. Raises `DatabaseUnavailable` before anything is claimed, and where the rest has to be tried
        again."""
        run_id = new_run_id(schedule.module_id, self._book.clock.now())
        if not await self._book.claim(schedule, run_id, next_at):
            return False
        self._owed[schedule.id] = _Owed(run_id, at, cause)
        await self._redeem(schedule.id)
        return True

    async def take_over(self) -> None:
        """What an earlier life of the daemon has claimed is owed from now on."""
        for schedule, run_id in (await self._book.claims()).items():
            self._owed.setdefault(schedule, _Owed(run_id, None))

    async def pay(self) -> None:
        """Tries again what is owed."""
        for schedule in tuple(self._owed):
            await self._redeem(schedule)

    async def _redeem(self, schedule: int) -> None:
        owed, found = self._owed[schedule], self._book.entries.get(schedule)
        if found is None:
            del self._owed[schedule]  # removed meanwhile, and its claim with it
            return
        try:
            if not await self._is_there(owed.run_id):
                await self._runs.submit(
                    found.module_id,
                    self.parameters(found),
                    actor=ACTOR,
                    parent_id=None if owed.cause is None else owed.cause.job,
                    run_id=owed.run_id,
                    cause=None if owed.cause is None else owed.cause.event,
                )
            if not await self._runs.stored():
                raise DatabaseUnavailable("runs wait to be stored")
        except Unavailable:
            raise
        except CenterError as error:
            await self._failed(found, self._hide(error.detail))
        else:
            await self._fired(found, owed)
        del self._owed[schedule]

    async def _is_there(self, run_id: str) -> bool:
        try:
            await self._runs.get(run_id)
        except UnknownRun:
            return False
        return True

    async def _fired(self, schedule: Schedule, owed: _Owed) -> None:
        await self._book.settle(schedule.id, owed.run_id, None)
        at = None if owed.at is None else owed.at.isoformat()
        self.tell("fired", schedule, {"run_id": owed.run_id, "at": at})

    async def _failed(self, schedule: Schedule, error: str) -> None:
        await self._book.settle(schedule.id, None, error)
        if error != schedule.last_error:  # said once, however often it comes
            self.tell("failed", schedule, {"reason": error})

    def tell(self, what: str, schedule: Schedule, payload: Mapping[str, Any], actor: str = ACTOR) -> None:
        said = {"module_id": schedule.module_id, "kind": schedule.kind, **payload}
        self._tell(Fact(AREA, f"schedule.{what}", str(schedule.id), actor, payload=said))
