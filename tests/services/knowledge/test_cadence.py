"""When creators are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backend.services.knowledge.cadence import Record, due_at, may_try
from backend.services.knowledge.spec import CADENCES
from backend.services.modules.rules import Every

FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
RECORD = Record(since=FRIDAY)


def test_who_was_just_seen_is_due_at_the_next_time_of_the_tier() -> None:
    monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert due_at(CADENCES["high"], RECORD, UTC) == monday
    assert due_at(Every(60), RECORD, UTC) == FRIDAY + timedelta(seconds=60)


def test_what_was_missed_while_nobody_was_there_is_due_once() -> None:
    record = RECORD.ended(FRIDAY, success=True)
    assert due_at(CADENCES["high"], record, UTC) == datetime(2026, 11, 23, 9, tzinfo=UTC)
    later = record.ended(datetime(2026, 12, 30, tzinfo=UTC), success=True)
    assert due_at(CADENCES["high"], later, UTC) == datetime(2027, 1, 4, 9, tzinfo=UTC)


def test_a_failure_leaves_them_due_and_is_tried_again_later_each_time() -> None:
    record = RECORD
    waits = []
    for _ in range(9):
        record = record.tried(FRIDAY).ended(FRIDAY, success=False)
        assert due_at(Every(60), record, UTC) == FRIDAY + timedelta(seconds=60)
        minutes = next(n for n in range(100) if may_try(record, FRIDAY + timedelta(minutes=n)))
        waits.append(minutes)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert may_try(record.ended(FRIDAY, success=True), FRIDAY)
