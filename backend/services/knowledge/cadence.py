"""When creators are due: pure, for what is so now is given.

A creator is due when a time of its tier has come since it was last fetched with success, or first seen. So a machine
that slept fetches when it wakes, once, and a failure leaves its creator due.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from backend.services.modules.rules import Cron, Every
from backend.services.schedules.times import following

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of fetching from a creator; `failures` are those since the last success."""

    since: datetime
    fetched_at: datetime | None = None
    tried_at: datetime | None = None
    failures: int = 0

    def tried(self, at: datetime) -> Record:
        return replace(self, tried_at=at)

    def ended(self, asked_at: datetime, success: bool) -> Record:
        if not success:
            return replace(self, failures=self.failures + 1)
        return replace(self, fetched_at=asked_at, failures=0)


def due_at(rule: Cron | Every, record: Record, local: tzinfo) -> datetime | None:
    """When it was, or will be, due; None where the rule never comes again."""
    return following(rule, record.fetched_at or record.since, local)


def may_try(record: Record, now: datetime) -> bool:
    """Whether a failure, where the last try was one, is long enough ago."""
    if not record.failures or record.tried_at is None:
        return True
    wait: timedelta = FIRST_RETRY * 2 ** min(record.failures - 1, 10)
    return now - record.tried_at >= min(LONGEST_RETRY, wait)
