"""What the history says as a whole: of each module, and of all runs. From counts that are kept, never from rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.database.repositories.runs import TYPE, UNFINISHED
from backend.services.jobs import Jobs
from backend.services.modules.model import Statistics
from backend.services.runs.happenings import FINISHED


@dataclass(frozen=True, slots=True)
class Totals:
    """Of all runs that are known; `success_rate` is the percentage of those finished that completed."""

    total: int
    successful: int
    failed: int
    active: int
    success_rate: float


def statistics_of(jobs: Jobs) -> Mapping[str, Statistics]:
    """Of each module that was ever run."""
    found = {}
    for module_id, counted in jobs.by_subject(TYPE).items():
        rate = 100 * counted.by_status.get("completed", 0) / counted.total
        found[module_id] = Statistics(counted.total, round(rate, 1), counted.last_at)
    return found


def totals_of(jobs: Jobs) -> Totals:
    by_status = jobs.by_status(TYPE)
    finished = sum(by_status[status] for status in FINISHED)
    active = sum(by_status[status] for status in UNFINISHED)
    good = by_status["completed"]
    return Totals(
        total=finished + active,
        successful=good,
        failed=by_status["failed"] + by_status["timed_out"],
        active=active,
        success_rate=round(100 * good / finished, 1) if finished else 0.0,
    )
