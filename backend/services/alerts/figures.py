"""What rules see of figures: metrics at each tick of the history, and what budgets have left."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache

from backend.services.alerts.metrics import names_like, service_of
from backend.services.alerts.model import EACH, BudgetAt, Reading, Readings, Threshold
from backend.services.alerts.state import exceeds
from backend.services.usage.budgets import Standing

_service_of = lru_cache(maxsize=4096)(service_of)


class Metrics:
    """`values` are those of the last tick."""

    def __init__(self) -> None:
        self.values: Mapping[str, float] = {}
        self._alike: dict[str, list[str]] = {}  # by what rules say: names change seldom

    def tick(self, values: Mapping[str, float]) -> None:
        if values.keys() != self.values.keys():
            self._alike.clear()
        self.values = values

    def readings(self, condition: Threshold, firing: Collection[str]) -> Readings:
        """`firing` are the subjects for which it fires: they go on until they are clear."""
        if EACH not in condition.metric:
            value = self.values.get(condition.metric)
            return {} if value is None else {condition.metric: _reading(condition, condition.metric, value, firing)}
        values = self.values
        return {name: _reading(condition, name, values[name], firing) for name in self._names(condition.metric)}

    def _names(self, metric: str) -> list[str]:
        found = self._alike.get(metric)
        if found is None:
            like = names_like(metric)
            found = self._alike[metric] = [name for name in self.values if like.fullmatch(name) is not None]
        return found

    def problem(self, condition: Threshold) -> str | None:
        return "nothing measures this here and now" if self.values and not self._names(condition.metric) else None


def _reading(condition: Threshold, metric: str, value: float, firing: Collection[str]) -> Reading:
    return Reading(exceeds(condition, value, metric in firing), value, service=_service_of(metric))


class BudgetsSeen:
    """`standings` are those of the budgets in force."""

    def __init__(self, standings: Callable[[], Sequence[Standing]]) -> None:
        self._standings = standings

    def readings(self, condition: BudgetAt) -> Readings:
        named = (one for one in self._standings() if condition.budget in {EACH, one.budget.id})
        read = ((one.budget.id, _budget(condition, one)) for one in named)
        return {budget: reading for budget, reading in read if reading is not None}

    def problem(self, condition: BudgetAt) -> str | None:
        if condition.budget == EACH or any(one.budget.id == condition.budget for one in self._standings()):
            return None
        return f"there is no budget `{condition.budget}`"


def _budget(condition: BudgetAt, standing: Standing) -> Reading | None:
    budget = standing.budget
    most = budget.hard if budget.hard is not None else budget.soft
    if condition.dollars is not None:
        of = "" if most is None else f" of ${most:.2f}"
        return Reading(
            standing.spent >= condition.dollars, standing.spent, f"${standing.spent:.2f}{of} is spent", budget.service
        )
    assert condition.percent is not None
    if not most:
        return None
    percent = 100 * standing.spent / most
    words = f"{percent:.0f} % is spent: ${standing.spent:.2f} of ${most:.2f}"
    return Reading(percent >= condition.percent, percent, words, budget.service)
