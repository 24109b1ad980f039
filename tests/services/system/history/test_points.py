"""Points of charts: never more than asked, and nothing of what was measured lost in them."""

from __future__ import annotations

import random

import pytest

from backend.services.system.history.points import (
    HOUR,
    MINUTE,
    QUARTER,
    TICK,
    WEEK,
    Point,
    coarsest,
    finest,
    grid,
    merged,
)

NOW = 1_772_002_800  # a whole hour
YEAR = 365 * 86_400


def single(at: int, value: float) -> Point:
    return Point(at, value, value, value)


def test_no_chart_has_more_points_than_asked_and_none_is_outside(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        asked, least = chance.randint(1, 60), chance.choice([TICK, MINUTE, QUARTER])
        begin = NOW - chance.randint(1, 400 * 86_400)
        end = begin + chance.randint(1, 8_000)
        on = grid(begin, end, asked, least)
        samples = [single(at, 1.0) for at in range(on.begin, on.end, TICK)]
        points = list(merged(samples, on))
        assert 1 <= len(points) <= asked
        assert on.step % least == 0
        assert points[0].at <= begin
        assert points[-1].at <= end < points[-1].at + on.step + least
        assert sum(point.samples for point in points) == len(samples)


def test_the_least_and_the_most_of_all_that_is_behind_a_point_are_its_own() -> None:
    on = grid(NOW, NOW + 599, 1, TICK)
    (point,) = merged([single(NOW, 5.0), single(NOW + 2, 99.0), single(NOW + 4, 1.0), single(NOW + 6, 7.0)], on)
    assert point == Point(NOW, 1.0, 28.0, 99.0, 4)


def test_means_weigh_as_many_samples_as_are_behind_them() -> None:
    on = grid(NOW, NOW + 599, 1, TICK)
    (point,) = merged([Point(NOW, 0.0, 10.0, 20.0, 3), Point(NOW + 60, 50.0, 50.0, 50.0, 1)], on)
    assert point == Point(NOW, 0.0, 20.0, 50.0, 4)


def test_no_chart_takes_more_of_what_is_kept_than_a_week_of_minutes(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(2000):
        begin, asked = NOW - chance.randint(2 * HOUR, YEAR), chance.randint(1, 2000)
        on = grid(begin, NOW, asked, finest(begin, NOW))
        tier = coarsest(on.step)
        assert on.origin % tier == 0
        assert (on.end - on.begin) / tier <= WEEK / MINUTE + 1


def test_time_without_samples_has_no_points() -> None:
    on = grid(NOW, NOW + 3600, 60, TICK)
    points = list(merged([single(NOW, 1.0), single(NOW + 3000, 2.0)], on))
    assert len(points) == 2
    assert points[1].at - points[0].at > 2.5 * on.step


def test_a_chart_that_moves_on_keeps_its_points_where_they_were() -> None:
    places = [grid(NOW - HOUR + moved, NOW + moved, 300, TICK) for moved in range(0, 60, 2)]
    assert len({(one.step, one.place(NOW - 600)) for one in places}) == 1


@pytest.mark.parametrize(
    ("ago", "tier"),
    [(60, TICK), (HOUR, TICK), (HOUR + 600, MINUTE), (WEEK - 60, MINUTE), (WEEK + 60, QUARTER), (10 * WEEK, QUARTER)],
)
def test_what_is_old_is_kept_less_finely(ago: float, tier: int) -> None:
    assert finest(NOW - ago, NOW) == tier


@pytest.mark.parametrize("begin", [-1e11, 0.0])
def test_times_before_all_records_are_no_fault(begin: float) -> None:
    on = grid(begin, NOW, 300, QUARTER)
    assert on.begin == 0
    assert next(iter(merged([single(NOW, 3.0)], on))).max == 3.0
