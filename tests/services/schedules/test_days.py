"""How often a rule comes on each day, counted as if every time were gone through."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest

from backend.services.modules.rules import Cron, Every, cron
from backend.services.schedules.days import FEW, days, within
from backend.services.schedules.times import Clockwork, times

RULES = ("*/20 * * * *", "*/7 1-3 * * *", "30 2 * * *", "0 0 29 2 *", "15 */6 L * *", "0,30 0 * * 1#2", "59 23 * * 0")
# Clocks are turned within these: at two, at midnight, by half an hour, and not at all.
ZONES = ("Europe/Prague", "Africa/Cairo", "Australia/Lord_Howe", "America/New_York", "Asia/Kathmandu")
TURNS = (date(2028, 2, 25), date(2028, 3, 22), date(2028, 4, 26), date(2028, 10, 24))


def gone_through(rule: Clockwork, next_at: datetime, begin: datetime, end: datetime) -> list[datetime]:
    later = [next_at, *takewhile(lambda one: one < end, times(rule, next_at, UTC))]
    return [one for one in later if begin <= one < end]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("expression", RULES)
def test_each_day_has_as_many_times_as_are_there_in_any_zone(expression: str, zone: str) -> None:
    rule = cron(expression, zone)
    for first in TURNS:
        for here in (ZoneInfo(zone), UTC):
            asked = days(first, 7, here)
            next_at = next(times(rule, asked[0].begin + timedelta(hours=30, minutes=7), UTC))
            _agree(rule, next_at, asked[0].begin, asked[-1].end, [(one.begin, one.end) for one in asked])


@pytest.mark.parametrize("seconds", [1.5, 60, 3600, 100_000])
def test_an_interval_is_counted_from_its_next_time(seconds: float) -> None:
    asked = days(date(2028, 3, 24), 5, ZoneInfo("Europe/Prague"))
    next_at = asked[0].begin + timedelta(hours=5)
    _agree(Every(seconds), next_at, asked[0].begin, asked[-1].end, [(one.begin, one.end) for one in asked])


def _agree(
    rule: Cron | Every, next_at: datetime, begin: datetime, end: datetime, parts: list[tuple[datetime, datetime]]
) -> None:
    every = gone_through(rule, next_at, begin, end)
    for low, high in parts:
        wanted = [one for one in every if low <= one < high]
        found = within(rule, next_at, low, high, UTC)
        if not wanted:
            assert found is None
            continue
        assert found is not None
        assert (found.count, found.first, found.last) == (len(wanted), wanted[0], wanted[-1])
        assert found.each == (tuple(wanted) if len(wanted) <= FEW else ())


def test_a_rule_that_comes_every_minute_is_counted_far_sooner_than_gone_through() -> None:
    rule = cron("* * * * *", "Europe/Prague")
    asked = days(date(2028, 5, 1), 20, ZoneInfo("Europe/Prague"))
    within(rule, asked[0].begin, asked[0].begin, asked[0].end, UTC)  # the minutes of a day are known from now on
    began = time.perf_counter()
    counted = sum(found.count for one in asked if (found := within(rule, asked[0].begin, one.begin, one.end, UTC)))
    between = time.perf_counter()
    assert counted == len(gone_through(rule, asked[0].begin, asked[0].begin, asked[-1].end)) == 20 * 1440
    assert between - began < (time.perf_counter() - between) / 5
