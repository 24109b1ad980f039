"""How often a rule of the clock comes on each day: pure. Times that are many are counted, and not listed.

A rule that comes every minute has 1,440 times a day, and a month of them is looked at in milliseconds: on a day on
which no clock is turned the minutes are the same as on any other, and only days on which one is are gone through.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import islice, takewhile

from cronsim import CronSim

from backend.services.modules.rules import Cron, Every
from backend.services.schedules.times import Clockwork, times, zone_of

FEW = 6  # times of a day that are listed one by one
A_MINUTE = timedelta(minutes=1)
A_DAY = timedelta(days=1)
JUST_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Day:
    """From `begin` to before `end`, which are the midnights of a zone."""

    date: date
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Times:
    """`each` has all of them where there are no more than `FEW`, else none."""

    count: int
    first: datetime
    last: datetime
    each: tuple[datetime, ...]


def days(first: date, count: int, zone: tzinfo) -> list[Day]:
    dates = [first + index * A_DAY for index in range(count)]
    return [Day(one, _midnight(one, zone), _midnight(one + A_DAY, zone)) for one in dates]


def within(rule: Clockwork, next_at: datetime, begin: datetime, end: datetime, local: tzinfo) -> Times | None:
    """The times from `begin` to before `end` of a rule whose next one is `next_at`; None where it has none."""
    if end <= next_at:
        return None
    if isinstance(rule, Every):
        return _of_interval(rule, next_at, begin, end)
    return _of_cron(rule, max(begin, next_at), end, local)


def _of_interval(rule: Every, next_at: datetime, begin: datetime, end: datetime) -> Times | None:
    step = timedelta(seconds=rule.seconds)
    first = next_at + max(0, -((next_at - begin) // step)) * step
    if first >= end:
        return None
    count = -((first - end) // step)
    each = tuple(first + index * step for index in range(count)) if count <= FEW else ()
    return Times(count, first, first + (count - 1) * step, each)


def _of_cron(rule: Cron, begin: datetime, end: datetime, local: tzinfo) -> Times | None:
    zone = zone_of(rule, local)
    count, first, last = 0, None, begin
    for day in _days_between(begin, end, zone):
        found = _of_day(rule, day, begin, end, local)
        if found is not None:
            count, first, last = count + found[0], first or found[1], found[2]
    if first is None:
        return None
    each = tuple(islice(times(rule, begin - JUST_BEFORE, local), count)) if count <= FEW else ()
    return Times(count, first, last, each)


def _of_day(
    rule: Cron, day: Day, begin: datetime, end: datetime, local: tzinfo
) -> tuple[int, datetime, datetime] | None:
    """How many there are on that part of the day, the first and the last."""
    coming = next(times(rule, day.begin - JUST_BEFORE, local), None)
    if coming is None or coming >= day.end:
        return None
    if day.end - day.begin != A_DAY:
        some = list(_between(rule, max(begin, day.begin), min(end, day.end), local))
        return (len(some), some[0], some[-1]) if some else None
    minutes = _minutes(" ".join(rule.expression.split()[:2]))
    low = bisect_left(minutes, (begin - day.begin) / A_MINUTE)
    high = bisect_left(minutes, (end - day.begin) / A_MINUTE)
    if low >= high:
        return None
    return high - low, day.begin + minutes[low] * A_MINUTE, day.begin + minutes[high - 1] * A_MINUTE


def _between(rule: Cron, begin: datetime, end: datetime, local: tzinfo) -> Iterator[datetime]:
    return takewhile(lambda moment: moment < end, times(rule, begin - JUST_BEFORE, local))


@lru_cache(maxsize=256)
def _minutes(fields: str) -> tuple[int, ...]:
    """The minutes of a day, from 0 to 1439, at which an expression with these minutes and hours comes."""
    midnight = datetime(2000, 1, 1, tzinfo=UTC)
    found = CronSim(f"{fields} * * *", midnight - A_MINUTE)
    return tuple((moment - midnight) // A_MINUTE for moment in takewhile(lambda one: one < midnight + A_DAY, found))


def _days_between(begin: datetime, end: datetime, zone: tzinfo) -> Iterator[Day]:
    one = begin.astimezone(zone).date()
    while (midnight := _midnight(one, zone)) < end:
        yield Day(one, midnight, _midnight(one + A_DAY, zone))
        one += A_DAY


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
