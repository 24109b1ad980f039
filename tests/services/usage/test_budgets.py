"""Budgets count what they name, in their period, and no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from backend.services.usage.budgets import Budgets, Spent, period_of
from backend.services.usage.model import Budget

TODAY = date(2026, 2, 14)
SPENT = Spent(TODAY, "comfyui", "openai", "gpt-4o", 1.0)


def budgets(*declared: Budget) -> Budgets:
    return Budgets(lambda: declared)


@pytest.mark.parametrize(
    ("per", "day", "first", "following"),
    [
        ("day", date(2026, 2, 28), date(2026, 2, 28), date(2026, 3, 1)),
        ("month", date(2026, 2, 28), date(2026, 2, 1), date(2026, 3, 1)),
        ("month", date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1)),
        ("month", date(2026, 1, 1), date(2026, 1, 1), date(2026, 2, 1)),
    ],
)
def test_periods_are_those_of_the_calendar(per: str, day: date, first: date, following: date) -> None:
    assert period_of(per, day) == (first, following)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("budget", "spent"),
    [
        (Budget("b", "day", hard=9), 1.0),
        (Budget("b", "day", hard=9, service="comfyui"), 1.0),
        (Budget("b", "day", hard=9, service="n8n"), 0.0),
        (Budget("b", "day", hard=9, provider="openai", model="gpt-*"), 1.0),
        (Budget("b", "day", hard=9, provider="anthropic"), 0.0),
        (Budget("b", "day", hard=9, model="gpt-5*"), 0.0),
    ],
)
def test_a_budget_counts_what_it_names(budget: Budget, spent: float) -> None:
    known = budgets(budget)
    known.begin([SPENT])
    (standing,) = known.standings(TODAY)
    assert standing.spent == spent


def test_days_and_months_begin_anew() -> None:
    known = budgets(Budget("day", "day", hard=9), Budget("month", "month", hard=9))
    known.begin([SPENT, replace(SPENT, day=date(2026, 2, 1)), replace(SPENT, day=date(2026, 1, 31))])
    assert [one.spent for one in known.standings(TODAY)] == [1, 2]
    assert [one.spent for one in known.standings(date(2026, 3, 1))] == [0, 0]
    assert [one.resets_at for one in known.standings(TODAY)] == [
        datetime(2026, 2, 15, tzinfo=UTC),
        datetime(2026, 3, 1, tzinfo=UTC),
    ]


def test_each_threshold_is_told_once() -> None:
    known = budgets(Budget("b", "day", soft=2, hard=3))
    told = [known.spend([SPENT], TODAY) for _ in range(4)]
    assert [[(one.state, before) for one, before in told_now] for told_now in told] == [
        [],
        [("soft", "within")],
        [("hard", "soft")],
        [],
    ]


def test_ten_dimes_are_a_dollar() -> None:
    known = budgets(Budget("b", "day", hard=1))
    for _ in range(10):
        known.spend([replace(SPENT, cost=0.1)], TODAY)
    (standing,) = known.standings(TODAY)
    assert (standing.spent, standing.state) == (1.0, "hard")


def test_only_a_hard_budget_that_is_spent_refuses_and_only_its_own() -> None:
    known = budgets(Budget("soft", "day", soft=0.5), Budget("hard", "day", hard=1, service="comfyui"))
    assert known.refusing("comfyui", "openai", "gpt-4o", TODAY) is None
    known.spend([SPENT], TODAY)
    refusing = known.refusing("comfyui", "anthropic", None, TODAY)
    assert refusing is not None
    assert refusing.budget.id == "hard"
    assert known.refusing("n8n", "openai", "gpt-4o", TODAY) is None
    assert known.refusing(None, "openai", "gpt-4o", TODAY) is None


def test_costs_that_nobody_knows_are_counted_as_such() -> None:
    known = budgets(Budget("b", "day", hard=9))
    known.spend([replace(SPENT, cost=0.0, unknown_calls=1), SPENT], TODAY)
    (standing,) = known.standings(TODAY)
    assert (standing.spent, standing.unknown_calls, standing.state) == (1.0, 1, "within")


def test_what_is_kept_in_step_is_what_would_be_worked_out() -> None:
    declared = [
        Budget("all", "month", hard=9),
        Budget("day", "day", hard=9),
        Budget("own", "month", soft=9, service="n8n"),
        Budget("model", "day", hard=9, model="gpt-*"),
    ]
    in_step = budgets(*declared)
    in_step.standings(TODAY)
    spent = [
        replace(SPENT, day=TODAY - timedelta(days=ago), service=service, model=model, unknown_calls=ago % 2)
        for ago in range(20)
        for service in ("n8n", None)
        for model in ("gpt-4o", None)
    ]
    for one in spent:
        in_step.spend([one], TODAY)
    worked_out = budgets(*declared)
    worked_out.begin(spent)
    assert in_step.standings(TODAY) == worked_out.standings(TODAY)
    assert [one.spent for one in in_step.standings(TODAY)] == [56, 4, 28, 2]


def test_a_budget_that_is_declared_later_knows_what_was_spent_before() -> None:
    declared: list[Budget] = []
    known = Budgets(lambda: declared)
    known.spend([SPENT], TODAY)
    declared.append(Budget("b", "day", hard=0.5))
    assert known.refusing("x", "y", "z", TODAY) is not None
