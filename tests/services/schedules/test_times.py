from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest

from backend.services.modules.rules import Cron, Every, cron
from backend.services.schedules.times import MOST, Due, delay, due, following, is_kept, is_set_back, times

PRAGUE = ZoneInfo("Europe/Prague")
ZONES = (
    *("UTC", "Europe/Prague", "Europe/London", "Europe/Dublin", "America/New_York", "America/Sao_Paulo"),
    *("America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Chatham", "Africa/Cairo"),
)
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def first(expression: str, zone: str, after: str, count: int) -> list[str]:
    found = islice(times(cron(expression, zone), at(after), UTC), count)
    return [one.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") for one in found]


@pytest.mark.parametrize(
    ("expression", "zone", "after", "expected"),
    [  # the clock goes from 02:00 to 03:00 on 29 March, and from 03:00 to 02:00 on 25 October
        (
            "30 2 * * *", "Europe/Prague", "2026-03-28T12:00+01:00",
            ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"],
        ),
        (
            "30 2 * * *", "Europe/Prague", "2026-10-24T12:00+02:00",
            ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"],
        ),
        (
            "30 2 * * *", "Europe/Prague", "2026-10-25T02:45+02:00",
            ["2026-10-26T02:30+01:00", "2026-10-27T02:30+01:00"],
        ),
        (
            "30 2 * * *", "Europe/Prague", "2026-10-25T02:10+01:00",
            ["2026-10-26T02:30+01:00", "2026-10-27T02:30+01:00"],
        ),
        (
            "*/30 * * * *", "Europe/Prague", "2026-03-29T01:15+01:00",
            ["2026-03-29T01:30+01:00", "2026-03-29T03:00+02:00", "2026-03-29T03:30+02:00"],
        ),
        (
            "30 * * * *", "Europe/Prague", "2026-10-25T01:45+02:00",
            ["2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-10-25T03:30+01:00"],
        ),
        (  # half an hour only
            "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00+10:30",
            ["2026-10-04T02:30+11:00", "2026-10-05T02:15+11:00"],
        ),
        (  # a day that never was
            "0 6 * * *", "Pacific/Apia", "2011-12-29T07:00-10:00",
            ["2011-12-31T00:00+14:00", "2011-12-31T06:00+14:00"],
        ),
        ("0 9 * * 1-5", "America/New_York", "2026-11-20T10:00-05:00", ["2026-11-23T09:00-05:00"]),
        ("0 0 29 2 *", "UTC", "2026-01-01T00:00+00:00", ["2028-02-29T00:00+00:00"]),
        ("0 8 L * *", "Europe/London", "2026-02-01T00:00+00:00", ["2026-02-28T08:00+00:00", "2026-03-31T08:00+01:00"]),
    ],
)  # fmt: skip
def test_a_time_of_day_where_clocks_are_turned(expression: str, zone: str, after: str, expected: Sequence[str]) -> None:
    assert first(expression, zone, after, len(expected)) == list(expected)


@pytest.mark.parametrize("zone", ZONES)
def test_in_every_zone_times_grow_and_begin_anew_from_any_of_them(zone: str) -> None:
    chance = random.Random(zone)
    for expression in ("30 2 * * *", "*/20 * * * *", "15 */3 * * *", "0 0,1,2,3 * * 0", "59 23 28-31 * *"):
        rule = cron(expression, zone)
        begin = at("2026-01-01T00:00+00:00") + chance.randrange(300 * 1440) * MINUTE
        found = list(islice(times(rule, begin, UTC), 200))
        assert all(earlier < later for earlier, later in pairwise(found))
        assert begin < found[0]
        for index in (0, 50, 120, 198):
            assert following(rule, found[index], UTC) == found[index + 1]


@pytest.mark.parametrize("zone", ZONES)
def test_where_no_clock_is_turned_each_matching_minute_and_no_other_is_a_time(zone: str) -> None:
    begin = at("2026-06-08T00:00+00:00")
    minutes = [begin + number * MINUTE for number in range(1, 3 * 1440)]
    local = [(one, one.astimezone(ZoneInfo(zone))) for one in minutes]
    wanted = [one for one, here in local if here.hour in (6, 18) and here.minute % 25 == 0 and here.isoweekday() < 6]
    found = takewhile(lambda one: one <= minutes[-1], times(cron("*/25 6,18 * * 1-5", zone), begin, UTC))
    assert list(found) == wanted


def test_a_rule_without_a_zone_goes_by_that_of_the_machine() -> None:
    rule = cron("0 6 * * *")
    for zone, expected in ((PRAGUE, "2026-11-21T05:00+00:00"), (ZoneInfo("Asia/Tokyo"), "2026-11-21T21:00+00:00")):
        assert following(rule, at("2026-11-21T00:00+00:00"), zone) == at(expected)


NOON = at("2026-11-21T12:00+00:00")
HOURLY, MINUTELY, QUARTERS = cron("0 * * * *"), cron("* * * * *"), Every(900)


@pytest.mark.parametrize(
    ("rule", "late", "skip", "once"),
    [
        (HOURLY, timedelta(0), (0, 0, 60), (0, 0, 60)),
        (HOURLY, timedelta(seconds=59), (0, 0, 60), (0, 0, 60)),
        (HOURLY, timedelta(minutes=5), (None, 1, 60), (0, 1, 60)),
        (HOURLY, timedelta(hours=3, minutes=5), (None, 4, 240), (180, 4, 240)),
        (HOURLY, timedelta(hours=3, seconds=5), (180, 3, 240), (180, 3, 240)),
        (QUARTERS, timedelta(seconds=1), (0, 0, 15), (0, 0, 15)),
        (QUARTERS, timedelta(hours=1, minutes=5), (None, 5, 75), (60, 5, 75)),
        (QUARTERS, timedelta(hours=1, seconds=5), (60, 4, 75), (60, 4, 75)),
    ],
)
def test_what_is_late_is_run_and_what_is_missed_is_as_the_schedule_says(
    rule: Cron | Every, late: timedelta, skip: tuple[int | None, int, int], once: tuple[int | None, int, int]
) -> None:
    def minutes(found: Due) -> tuple[int | None, int, int]:
        assert found.next_at is not None
        before = None if found.at is None else int((found.at - NOON) / MINUTE)
        return before, found.missed, int((found.next_at - NOON) / MINUTE)

    assert minutes(due(rule, "skip", NOON, NOON + late, UTC)) == skip
    assert minutes(due(rule, "once", NOON, NOON + late, UTC)) == once
    assert due(rule, "once", NOON, NOON + late, UTC).late == (skip[0] is None)


@pytest.mark.parametrize("rule", [MINUTELY, Every(1)])
def test_a_year_off_is_not_counted_to_its_end(rule: Cron | Every) -> None:
    now = NOON + timedelta(days=365, seconds=30.5)
    found = due(rule, "skip", NOON, now, UTC)
    assert found.missed in (MOST, MOST - 1)
    assert found.next_at is not None
    assert now < found.next_at <= now + MINUTE
    assert found.at is not None
    assert now - MINUTE <= found.at <= now


def test_delays_differ_stay_within_bounds_and_are_the_same_again() -> None:
    found = [delay(1, NOON + number * MINUTE, 90.0).total_seconds() for number in range(200)]
    assert found == [delay(1, NOON + number * MINUTE, 90.0).total_seconds() for number in range(200)]
    assert all(0 <= one < 90 for one in found)
    assert max(found) - min(found) > 50
    assert delay(1, NOON, 90.0) != delay(2, NOON, 90.0)
    assert delay(1, NOON, 0.0) == timedelta(0)


def test_a_clock_that_was_far_ahead_is_noticed_and_one_that_is_corrected_a_little_is_not() -> None:
    for rule in (HOURLY, Every(86400)):
        assert is_set_back(rule, NOON + timedelta(days=400), NOON + timedelta(days=400), NOON)
        assert not is_set_back(rule, NOON + timedelta(minutes=50), NOON + timedelta(minutes=2), NOON)
        assert not is_set_back(rule, NOON - timedelta(days=399), NOON - timedelta(days=400), NOON)


def test_an_interval_does_not_wait_longer_than_it_is_where_the_clock_was_set_back_by_minutes() -> None:
    assert is_set_back(Every(15), NOON + timedelta(minutes=5), NOON + timedelta(minutes=5, seconds=-15), NOON)
    assert not is_set_back(Every(15), NOON + timedelta(seconds=15.5), NOON, NOON)


def test_a_time_that_was_worked_out_in_another_zone_is_none_of_the_rule_any_more() -> None:
    morning = cron("0 6 * * *")
    found = following(morning, NOON, PRAGUE)
    assert found is not None
    assert is_kept(morning, found, PRAGUE)
    assert not is_kept(morning, found, ZoneInfo("Asia/Tokyo"))
