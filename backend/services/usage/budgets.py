"""How much of each budget is spent, and whether a call may still be made. Days and months are those of UTC.

Pure: what was spent before comes from the ledger, what is spent from now on is added call by call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from backend.core.money import dollars
from backend.services.usage.model import Budget, Period

State = Literal["within", "soft", "hard"]


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent on one day by one service with one model; `unknown_calls` have a cost that nobody knows."""

    day: date
    service: str | None
    provider: str
    model: str | None
    cost: float
    unknown_calls: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget in its present period. `until` is when the next one begins; `total` is what was spent, as it adds up."""

    budget: Budget
    since: date
    until: date
    total: float
    unknown_calls: int

    @property
    def spent(self) -> float:
        """Ten calls of 0.1 are 1, and so reach a budget of 1."""
        return dollars(self.total)

    @property
    def state(self) -> State:
        budget = self.budget
        if budget.hard is not None and self.spent >= budget.hard:
            return "hard"
        return "soft" if budget.soft is not None and self.spent >= budget.soft else "within"

    @property
    def resets_at(self) -> datetime:
        return datetime.combine(self.until, time(), UTC)


def period_of(per: Period, day: date) -> tuple[date, date]:
    """Its first day, and the first of the next."""
    if per == "day":
        return day, day + timedelta(days=1)
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


class Budgets:
    """`declared` are those in force."""

    def __init__(self, declared: Callable[[], Sequence[Budget]]) -> None:
        self._declared = declared
        self._spent: dict[tuple[date, str | None, str, str | None], Spent] = {}
        self._standings: dict[Budget, Standing] = {}  # worked out once for each period, then kept in step

    def begin(self, spent: Sequence[Spent]) -> None:
        """What was spent in this month before."""
        for one in spent:
            self._add(one)

    @property
    def by_service(self) -> bool:
        """Whether who asks decides on what is refused."""
        return any(budget.hard is not None and budget.service is not None for budget in self._declared())

    def spend(self, spent: Sequence[Spent], today: date) -> list[tuple[Standing, State]]:
        """The budgets that have come to another state with that, and the state before."""
        before = {one.budget.id: one.state for one in self.standings(today)}
        for one in spent:
            self._add(one)
        self._forget(today)
        after = self.standings(today)
        return [(one, before[one.budget.id]) for one in after if one.state != before[one.budget.id]]

    def standings(self, today: date) -> list[Standing]:
        return [self._standing(budget, today) for budget in self._declared()]

    def refusing(self, service: str | None, provider: str, model: str | None, today: date) -> Standing | None:
        """The budget by which such a call is refused."""
        for budget in self._declared():
            if budget.hard is None or not budget.covers(service, provider, model):
                continue
            if (standing := self._standing(budget, today)).state == "hard":
                return standing
        return None

    def _standing(self, budget: Budget, today: date) -> Standing:
        known = self._standings.get(budget)
        if known is None or not known.since <= today < known.until:
            known = self._standings[budget] = self._worked_out(budget, today)
        return known

    def _worked_out(self, budget: Budget, today: date) -> Standing:
        since, until = period_of(budget.per, today)
        mine = [
            one
            for one in self._spent.values()
            if since <= one.day < until and budget.covers(one.service, one.provider, one.model)
        ]
        return Standing(budget, since, until, sum(one.cost for one in mine), sum(one.unknown_calls for one in mine))

    def _add(self, one: Spent) -> None:
        self._standings = {budget: _with(standing, one) for budget, standing in self._standings.items()}
        key = (one.day, one.service, one.provider, one.model)
        known = self._spent.get(key)
        if known is not None:
            one = replace(one, cost=known.cost + one.cost, unknown_calls=known.unknown_calls + one.unknown_calls)
        self._spent[key] = one

    def _forget(self, today: date) -> None:
        first, _ = period_of("month", today)
        if any(one.day < first for one in self._spent.values()):
            self._spent = {key: one for key, one in self._spent.items() if one.day >= first}
            self._standings = {}  # those of budgets that are not declared any more among them


def _with(standing: Standing, one: Spent) -> Standing:
    if not standing.since <= one.day < standing.until:
        return standing
    if not standing.budget.covers(one.service, one.provider, one.model):
        return standing
    return replace(standing, total=standing.total + one.cost, unknown_calls=standing.unknown_calls + one.unknown_calls)
