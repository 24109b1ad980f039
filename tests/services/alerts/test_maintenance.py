"""Windows of maintenance: days, midnights, zones, and the nights in which clocks are turned."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from backend.services.alerts.maintenance import open_windows
from backend.services.alerts.model import DAYS, Day, Window

PRAGUE = ZoneInfo("Europe/Prague")
NEW_YORK = ZoneInfo("America/New_York")


def window(start: str, end: str, *days: Day, zone: ZoneInfo | None = None) -> Window:
    return Window("w", days or DAYS, minutes(start), minutes(end), zone)


def minutes(text: str) -> int:
    hours, _, rest = text.partition(":")
    return int(hours) * 60 + int(rest)


def is_open(one: Window, moment: str, zone: ZoneInfo = PRAGUE) -> bool:
    """At a moment of UTC, on a machine in `zone`."""
    return open_windows([one], datetime.fromisoformat(moment).replace(tzinfo=UTC), zone) == [one]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-21T00:59:59", False),  # Saturday, 01:59:59 in Prague
        ("2026-11-21T01:00", True),
        ("2026-11-21T02:59:59", True),
        ("2026-11-21T03:00", False),
        ("2026-11-20T01:30", False),  # Friday
    ],
)
def test_it_is_open_from_its_beginning_to_before_its_end(moment: str, expected: bool) -> None:
    assert is_open(window("02:00", "04:00", "sat", "sun"), moment) is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-21T21:30", True),  # Saturday, 22:30
        ("2026-11-22T04:30", True),  # Sunday, 05:30: still Saturday's
        ("2026-11-22T05:00", False),
        ("2026-11-22T21:30", False),  # Sunday, 22:30
        ("2026-11-21T04:30", False),  # Saturday, 05:30: would be Friday's
    ],
)
def test_over_midnight_it_belongs_to_the_day_on_which_it_begins(moment: str, expected: bool) -> None:
    assert is_open(window("22:00", "06:00", "sat"), moment) is expected


def test_a_whole_day_has_all_its_hours() -> None:
    whole = window("00:00", "24:00", "sat")
    assert is_open(whole, "2026-11-20T23:00")
    assert is_open(whole, "2026-11-21T22:59")
    assert not is_open(whole, "2026-11-21T23:00")


def test_its_own_zone_comes_before_the_machine_s() -> None:
    assert is_open(window("02:00", "04:00", zone=NEW_YORK), "2026-11-21T07:30", PRAGUE)
    assert not is_open(window("02:00", "04:00", zone=NEW_YORK), "2026-11-21T01:30", PRAGUE)


def test_the_hour_that_comes_twice_is_open_twice() -> None:
    night = window("02:00", "03:00", "sun")
    assert is_open(night, "2026-10-25T00:30")  # 02:30 in summer time
    assert is_open(night, "2026-10-25T01:30")  # 02:30 in winter time
    assert not is_open(night, "2026-10-25T02:00")


def test_around_the_hour_that_is_left_out_it_ends_when_the_wall_says() -> None:
    night = window("01:00", "04:00", "sun")
    assert is_open(night, "2026-03-29T00:30")  # 01:30
    assert is_open(night, "2026-03-29T01:30")  # 03:30
    assert not is_open(night, "2026-03-29T02:00")  # 04:00


def test_it_is_for_what_it_names_or_for_all() -> None:
    every = window("00:00", "24:00")
    assert every.covers("any", None)
    named = Window("w", DAYS, 0, 1440, None, services=("comfyui",), rules=("low-disk",))
    assert named.covers("low-disk", None)
    assert named.covers("oom", "comfyui")
    assert not named.covers("oom", "n8n")
    assert not named.covers("oom", None)
