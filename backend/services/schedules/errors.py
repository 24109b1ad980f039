"""What schedules refuse, and why."""

from __future__ import annotations

from backend.core.errors import Conflict, NotFound, Unprocessable


class UnknownSchedule(NotFound):
    code, title = "schedule_not_found", "No such schedule"


class ScheduleDeclared(Conflict):
    code, title = "schedule_declared", "The schedule is declared in a file"


class InvalidSchedule(Unprocessable):
    code, title = "invalid_schedule", "The schedule is not valid"


class UnknownZone(Unprocessable):
    code, title = "unknown_zone", "No such time zone"


class RunOverlaps(Conflict):
    code, title = "run_overlaps", "A run of the schedule goes already"
