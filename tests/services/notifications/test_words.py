"""Templates, hours, and what messages say: all of it without a clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.services.notifications.hours import quiet_until
from backend.services.notifications.model import Quiet
from backend.services.notifications.template import FIELDS, Template, unknown_names
from backend.services.notifications.words import span

PRAGUE = ZoneInfo("Europe/Prague")
NIGHT = Quiet(time(22), time(7))


def test_names_become_values_and_nothing_else_is_special() -> None:
    assert Template("{name} {{x}} %s $y {at}").filled({"name": "A", "at": "now"}) == "A {x} %s $y now"


def test_a_value_is_not_looked_at_for_names() -> None:
    assert Template("{reason}").filled({"reason": "{name} {reason}", "name": "secret"}) == "{name} {reason}"


def test_a_field_without_a_value_is_empty() -> None:
    assert Template("[{run_id}]").filled({}) == "[]"


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("{name} {count}", []),
        ("{nam} {}", ["nam", ""]),
        ("{name.real} {name!r}", ["name.real", "name!r"]),
        ("{{x}}", []),
    ],
)
def test_only_fields_are_names(text: str, unknown: list[str]) -> None:
    assert list(unknown_names(text)) == unknown


def test_every_field_can_be_written() -> None:
    assert list(unknown_names("".join(f"{{{name}}}" for name in FIELDS))) == []


@pytest.mark.parametrize(
    ("hour", "until"),
    [
        (datetime(2026, 1, 5, 23, tzinfo=PRAGUE), datetime(2026, 1, 6, 7, tzinfo=PRAGUE)),
        (datetime(2026, 1, 6, 6, 59, tzinfo=PRAGUE), datetime(2026, 1, 6, 7, tzinfo=PRAGUE)),
        (datetime(2026, 1, 6, 7, tzinfo=PRAGUE), None),
        (datetime(2026, 1, 6, 21, 59, tzinfo=PRAGUE), None),
        (datetime(2026, 1, 6, 22, tzinfo=PRAGUE), datetime(2026, 1, 7, 7, tzinfo=PRAGUE)),
    ],
)
def test_a_night_goes_over_midnight(hour: datetime, until: datetime | None) -> None:
    assert quiet_until(NIGHT, hour.astimezone(UTC), PRAGUE) == until


def test_hours_within_a_day_end_on_it() -> None:
    noon = datetime(2026, 1, 6, 12, 30, tzinfo=UTC)
    assert quiet_until(Quiet(time(12), time(13)), noon, UTC) == datetime(2026, 1, 6, 13, tzinfo=UTC)
    assert quiet_until(Quiet(time(12), time(13)), noon + timedelta(hours=1), UTC) is None


def test_a_night_in_which_the_clock_is_turned_ends_by_the_clock() -> None:
    """An hour later where it was turned back: 22:00 to 7:00 takes ten hours then."""
    begin = datetime(2026, 10, 24, 22, tzinfo=PRAGUE)
    late = begin.astimezone(UTC) + timedelta(hours=9, minutes=30)
    assert quiet_until(NIGHT, late, PRAGUE) == datetime(2026, 10, 25, 7, tzinfo=PRAGUE)
    assert quiet_until(NIGHT, late + timedelta(minutes=31), PRAGUE) is None


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "1 s"), (12, "12 s"), (150, "2 min"), (180, "3 min"), (7300, "2 h"), (200_000, "2 d")]
)
def test_a_span_is_told_in_one_unit(seconds: float, words: str) -> None:
    assert span(seconds) == words
