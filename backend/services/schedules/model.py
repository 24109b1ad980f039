"""A schedule: which module is run, when, and with what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from backend.services.modules.rules import After, Cron, Every, Files, Plan, Rule, Slot

Kind = Literal["cron", "every", "after", "files"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """`declared` is the key of the module's definition that says so, None where the schedule was made through the API.
    The parameters of its plan are without secrets. `next_at` is None where no time is known: it is paused, waits for
    something to happen, or never comes again."""

    id: int
    name: str
    module_id: str
    plan: Plan
    declared: Slot | None
    paused: bool
    next_at: datetime | None
    reckoned_at: datetime
    last_at: datetime | None
    last_run: str | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def kind(self) -> Kind:
        return kind_of(self.plan.rule)


def kind_of(rule: Rule) -> Kind:
    match rule:
        case Cron():
            return "cron"
        case Every():
            return "every"
        case After():
            return "after"
        case Files():
            return "files"
