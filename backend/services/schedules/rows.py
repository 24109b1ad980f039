"""How a schedule is written into its row and read from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from backend.database.tables.schedules import ScheduleRow
from backend.services.modules.rules import After, Cron, Every, Files, Missed, Plan, Rule, Slot
from backend.services.schedules.model import Schedule, kind_of

TARGET = "run"  # the type of the jobs that are asked for


def plan_values(plan: Plan, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a plan; `parameters` are those that may be kept."""
    return {
        "kind": kind_of(plan.rule),
        "rule": _rule_values(plan.rule),
        "zone": plan.rule.zone if isinstance(plan.rule, Cron) else None,
        "missed": plan.missed,
        "jitter": plan.jitter,
        "overlap": plan.overlap,
        "parameters": dict(parameters),
    }


def _rule_values(rule: Rule) -> dict[str, Any]:
    match rule:
        case Cron(expression):
            return {"expression": expression}
        case Every(seconds):
            return {"seconds": seconds}
        case After(modules):
            return {"modules": list(modules)}
        case Files(patterns, settle):
            return {"patterns": list(patterns), "settle": settle}


def schedule_of(row: ScheduleRow) -> Schedule:
    return Schedule(
        id=row.id,
        name=row.name,
        module_id=row.subject,
        plan=Plan(_rule_of(row), cast(Missed, row.missed), row.jitter, row.overlap, row.parameters),
        declared=cast(Slot | None, row.declared),
        paused=row.paused,
        next_at=row.next_at,
        reckoned_at=row.reckoned_at,
        last_at=row.last_at,
        last_run=row.last_run,
        last_error=row.last_error,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _rule_of(row: ScheduleRow) -> Rule:
    match row.kind:
        case "cron":
            return Cron(row.rule["expression"], row.zone)
        case "every":
            return Every(row.rule["seconds"])
        case "after":
            return After(tuple(row.rule["modules"]))
        case _:
            return Files(tuple(row.rule["patterns"]), row.rule["settle"])
