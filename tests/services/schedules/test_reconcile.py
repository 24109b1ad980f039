from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from backend.services.modules.rules import After, Plan, Slot, cron
from backend.services.schedules.circles import circle
from backend.services.schedules.model import Schedule
from backend.services.schedules.reconcile import Declared, differences

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DAILY = Plan(cron("0 6 * * *"))


def schedule(number: int, module: str, slot: Slot | None = "schedule", plan: Plan = DAILY) -> Schedule:
    return Schedule(
        id=number, name=module, module_id=module, plan=plan, declared=slot, paused=False, next_at=NOW, reckoned_at=NOW,
        last_at=None, last_run=None, last_error=None, created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def wanted(module: str, plan: Plan = DAILY, slot: Slot = "schedule") -> Declared:
    return Declared(module, slot, module, plan)


def test_what_is_declared_and_what_is_there_are_brought_together() -> None:
    same, other, gone, made = (schedule(1, "a"), schedule(2, "b"), schedule(3, "c"), schedule(4, "c", None))
    changed = replace(DAILY, overlap=True)
    triggered = wanted("a", Plan(After(("b",))), "after")
    found = differences(
        [same, other, gone, made], [wanted("a"), wanted("b", changed), triggered], lambda module: False
    )  # fmt: skip
    assert found.added == (triggered,)
    assert [(one.id, declared.plan) for one, declared in found.changed] == [(2, changed)]
    assert found.removed == (gone,)


def test_a_module_that_is_wrong_keeps_its_schedules() -> None:
    there = schedule(1, "a")
    assert differences([there], [], lambda module: module == "a").removed == ()
    assert differences([there], [], lambda module: module == "b").removed == (there,)


def test_ways_that_lead_back_are_found_and_no_others() -> None:
    line = [("b", After(("a",))), ("c", After(("b",))), ("d", After(("b", "c")))]
    assert all(circle(line, module) is None for module in "abcd")
    ring = [*line, ("a", After(("d",)))]
    assert circle(ring, "a") in (("a", "b", "d", "a"), ("a", "b", "c", "d", "a"))
    assert circle([*ring, ("e", After(("a",)))], "e") is None, "it only follows those that go in a circle"
