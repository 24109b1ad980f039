from datetime import UTC, datetime, timedelta

import pytest

from backend.core.clock import SystemClock, until_beat


def test_now_is_aware_and_in_utc() -> None:
    now = SystemClock().now()
    assert now.utcoffset() == timedelta(0)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_monotonic_clock_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(1000)]
    assert readings == sorted(readings)


@pytest.mark.parametrize(("now", "seconds", "left"), [(100.0, 1.0, 1.0), (100.4, 1.0, 0.6), (100.5, 2.0, 1.5)])
def test_beats_are_whole_multiples_of_the_wall_clock(
    now: float, seconds: float, left: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.core.clock.time.time", lambda: now)
    assert until_beat(seconds) == pytest.approx(left)


def test_who_is_woken_a_little_early_does_not_get_the_same_beat_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.core.clock.time.time", lambda: 100.99)
    assert until_beat(1.0) == pytest.approx(1.01)
