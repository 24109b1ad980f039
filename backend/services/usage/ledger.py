"""The ledger of what paid APIs were used for: calls are told to it, and it answers what they came to.

`UsageLedger` is all that others need of it. Budgets are looked at here, as all that is spent passes through.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta
from functools import partial
from math import inf

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Fact
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.forgetting import forget, keep_forgetting
from backend.database.repositories import usage as table
from backend.database.repositories.usage import Key, Record, Sums, Which, WhichCalls
from backend.database.tables.usage import CallRow
from backend.services.usage.budgets import Budgets, Spent, Standing, State, period_of
from backend.services.usage.model import Call, Owner
from backend.services.usage.prices import PriceList
from backend.services.usage.recorder import Recorder
from backend.services.usage.section import Section

log = logging.getLogger(__name__)

CSV_BATCH = 1000
PATIENCE = 1.0  # seconds that a question waits for calls that are about to be stored
READ_AGAIN = 5.0  # seconds until what was spent before is asked for again, where the database did not answer
EVENTS: dict[State, str] = {"soft": "usage.budget_reached", "hard": "usage.budget_spent"}


class UsageLedger:
    """`section` is what the configuration says now, `keep` for how many seconds calls are kept."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        tasks: Tasks,
        tell: Callable[[Fact], object],
        section: Callable[[], Section],
        keep: Callable[[], float],
    ) -> None:
        self.budgets = Budgets(lambda: section().budgets)
        self._database = database
        self._clock = clock
        self._tell = tell
        self._keep = keep
        self.begun = False  # until then what budgets have left is not known
        prices = PriceList(lambda: section().prices, lambda name: _address(section(), name))
        self._recorder = Recorder(database, prices, tasks, self._spent)
        tasks.spawn(self._begin(), name="budgets")
        tasks.spawn(keep_forgetting("calls", self.forget_old), name="old usage")

    @property
    def today(self) -> date:
        return self._clock.now().astimezone(UTC).date()

    async def close(self) -> None:
        """What was told is stored when this returns, unless the database is away."""
        await self._recorder.flush()

    # Telling

    def record(self, call: Call) -> None:
        """Stored in a moment; nobody waits."""
        self._recorder.add(call)

    async def report(self, call: Call) -> Record:
        """Told by whoever made it; stored when this returns. Raises `DatabaseUnavailable`."""
        return await self._recorder.store(call)

    def refusing(self, owner: Owner | None, provider: str, model: str | None) -> Standing | None:
        """The budget by which such a call is refused now."""
        service = None if owner is None else owner.service
        return self.budgets.refusing(service, provider, model, self.today)

    # Asking

    async def sums(self, which: Which, by: Sequence[Key] = ()) -> list[Sums]:
        """By `by`; an empty service or model is one that nobody knows. What was told a moment ago counts."""
        await self._recorder.stored(PATIENCE)
        async with self._database.read() as session:
            return await table.sums(session, which, by)

    async def calls(self, which: WhichCalls, limit: int) -> list[CallRow]:
        """The newest first."""
        await self._recorder.stored(PATIENCE)
        async with self._database.read() as session:
            return await table.calls(session, which, limit)

    async def every_call(self, which: WhichCalls) -> AsyncIterator[list[CallRow]]:
        """All of them, the newest first, in parts."""
        await self._recorder.stored(PATIENCE)
        while True:
            async with self._database.read() as session:
                part = await table.calls(session, which, CSV_BATCH)
            if part:
                yield part
            if len(part) < CSV_BATCH:
                return
            which = replace(which, before=part[-1].id)

    def standings(self) -> list[Standing]:
        return self.budgets.standings(self.today)

    # Budgets

    async def _begin(self) -> None:
        """What this month has cost before the daemon began."""
        while True:
            today = self.today
            try:
                async with self._database.read() as session:
                    rows = await table.sums(
                        session,
                        Which(period_of("month", today)[0], today),
                        ("date", "service", "provider", "model"),
                    )
            except CenterError as error:
                log.warning("what budgets have left is not known yet: %s", error.detail)
                await asyncio.sleep(READ_AGAIN)
                continue
            self.budgets.begin([_spent_before(row) for row in rows])
            self.begun = True
            self._recorder.open()
            return

    def _spent(self, spent: Sequence[Spent]) -> None:
        for standing, before in self.budgets.spend(spent, self.today):
            if standing.state != "within" and _RANK[standing.state] > _RANK[before]:
                self._tell_reached(standing)

    def _tell_reached(self, standing: Standing) -> None:
        budget = standing.budget
        payload = {
            "per": budget.per,
            "spent": standing.spent,
            "soft": budget.soft,
            "hard": budget.hard,
            "service": budget.service,
            "provider": budget.provider,
            "model": budget.model,
            "resets_at": standing.resets_at.isoformat(),
        }
        self._tell(Fact("usage", EVENTS[standing.state], budget.id, payload=payload))

    # Retention

    async def forget_old(self) -> None:
        """Removes the calls that need not be kept; the sums of their days stay. Raises `DatabaseUnavailable`."""
        if (keep := self._keep()) == inf:
            return
        before = self._clock.now() - timedelta(seconds=keep)
        await forget(self._database, partial(table.prune, before=before))


_RANK: dict[State, int] = {"within": 0, "soft": 1, "hard": 2}


def _address(section: Section, provider: str) -> str | None:
    known = section.providers.get(provider)
    return None if known is None else known.base_url


def _spent_before(row: Sums) -> Spent:
    key = row.key
    return Spent(
        day=key["date"],
        service=key["service"] or None,
        provider=key["provider"],
        model=key["model"] or None,
        cost=row.cost or 0.0,
        unknown_calls=row.unpriced_calls + row.unmetered_calls,
    )
