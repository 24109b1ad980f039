"""The samples in memory."""

from __future__ import annotations

from backend.services.system.history.points import HOUR, QUARTER, TICK
from backend.services.system.history.recent import Recent

AT = 1_772_000_100


def values(recent: Recent, metric: str) -> dict[int, float]:
    ticks = [(tick.at, tick.as_mapping()) for tick in recent.between(0, AT * 2)]
    return {at: measured[metric] for at, measured in ticks if metric in measured}


def test_series_that_come_and_go_have_values_where_they_were() -> None:
    recent = Recent()
    recent.add(AT, {"cpu": 1.0})
    recent.add(AT + 2, {"memory": 5.0, "cpu": 2.0})
    recent.add(AT + 4, {"memory": 6.0})
    assert values(recent, "cpu") == {AT: 1.0, AT + 2: 2.0}
    assert values(recent, "memory") == {AT + 2: 5.0, AT + 4: 6.0}
    assert values(recent, "disk") == {}


def test_a_clock_that_was_set_back_makes_the_later_ones_again() -> None:
    recent = Recent()
    for second in range(0, 20, 2):
        recent.add(AT + second, {"cpu": 1.0})
    recent.add(AT + 6, {"cpu": 2.0})
    assert values(recent, "cpu") == {AT: 1.0, AT + 2: 1.0, AT + 4: 1.0, AT + 6: 2.0}


def test_what_was_restored_stands_before_what_was_measured_meanwhile() -> None:
    recent = Recent()
    recent.add(AT, {"cpu": 3.0})
    recent.restore([(AT - 4, {"cpu": 1.0}), (AT - 2, {"cpu": 2.0}), (AT, {"cpu": 99.0})])
    assert values(recent, "cpu") == {AT - 4: 1.0, AT - 2: 2.0, AT: 3.0}


def test_it_has_room_for_an_hour_and_what_is_not_thinned_and_not_for_more() -> None:
    recent = Recent()
    for number in range(3 * HOUR // TICK):
        recent.add(AT + number * TICK, {"cpu": 1.0})
    end = AT + 3 * HOUR
    found = values(recent, "cpu")
    assert min(found) <= end - HOUR - QUARTER
    assert HOUR // TICK <= len(found) <= 2 * HOUR // TICK
