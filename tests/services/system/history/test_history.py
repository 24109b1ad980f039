"""What is measured is told each tick, found again after any end, and thinned without losing a spike."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.services.runs.usage import Point as RunPoint
from backend.services.system.history import history as ticking
from backend.services.system.history.charts import Span, UnknownMetric
from backend.services.system.history.history import Values
from backend.services.system.history.points import HOUR, MINUTE, QUARTER, TICK
from tests.services.system.history.conftest import START, Open

DAY = 86_400


async def test_who_listens_is_told_each_tick_and_the_latest_is_known(open_history: Open) -> None:
    heard: list[tuple[datetime, Values]] = []
    async with open_history() as watched:
        watched.history.subscribe(lambda at, values: heard.append((at, values)))
        assert watched.history.latest("cpu") is None
        watched.values = {"cpu": 12.0, "service:web:memory": 4096}
        await watched.pass_(2)
        watched.values = {"cpu": 13.0}
        await watched.pass_(2)
        assert watched.history.latest("cpu") == 13.0
        assert watched.history.latest("service:web:memory") is None
    assert heard == [
        (START + timedelta(seconds=2), {"cpu": 12.0, "service:web:memory": 4096.0}),
        (START + timedelta(seconds=4), {"cpu": 13.0}),
    ]


async def test_a_source_and_a_listener_that_fail_harm_nobody_else(
    open_history: Open, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> Any:
        raise ValueError("broken")

    heard: list[Values] = []
    async with open_history() as watched:
        watched.history.source(broken)
        watched.history.subscribe(broken)
        watched.history.subscribe(lambda _, values: heard.append(values))
        watched.values = {"cpu": 1.0, "nonsense": 2.0, "memory": float("nan")}
        await watched.pass_(2)
    assert heard == [{"cpu": 1.0}]
    assert "a source of figures failed" in caplog.text
    assert "what listens to figures failed" in caplog.text


async def test_a_spike_of_two_seconds_is_in_the_chart_of_a_month(open_history: Open) -> None:
    async with open_history() as watched:
        watched.values = {"cpu": 5.0}
        await watched.pass_(2 * HOUR)
        watched.values = {"cpu": 99.0}
        await watched.pass_(TICK)
        watched.values = {"cpu": 5.0}
        await watched.pass_(2 * HOUR)
        for back, points in [(HOUR * 5, 10), (DAY, 10), (DAY, 1), (10 * DAY, 900), (30 * DAY, 1), (365 * DAY, 10)]:
            chart = await watched.chart("cpu", back, points=points)
            assert len(chart.points) <= points
            assert max(point.max for point in chart.points) == 99.0
            assert min(point.min for point in chart.points) == 5.0
            whole = sum(point.samples for point in chart.points)
            assert whole == 4 * HOUR // TICK + 1
            mean = sum(point.avg * point.samples for point in chart.points) / whole
            assert mean == pytest.approx(5 + 94 / whole)


async def test_hours_asleep_have_no_points_and_are_told_of(open_history: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    asleep = 0.0
    monkeypatch.setattr(ticking, "slept", lambda: asleep)
    async with open_history() as watched:
        watched.values = {"cpu": 50.0}
        await watched.pass_(HOUR)
        asleep = 3.0 * HOUR
        begun = watched.clock.now()
        watched.clock.turn(asleep)
        await watched.pass_(HOUR)
        for back in (5 * HOUR, 30 * DAY):
            chart = await watched.chart("cpu", back, points=100)
            assert all(point.min == point.max == 50.0 for point in chart.points)
            gaps = [after.at - before.at for before, after in zip(chart.points, chart.points[1:], strict=False)]
            assert sum(gap > 2.5 * chart.grid.step for gap in gaps) == (1 if back < DAY else 0)
        fine = await watched.chart("cpu", 5 * HOUR, points=300)
        assert not [p for p in fine.points if begun.timestamp() < p.at < begun.timestamp() + asleep - fine.grid.step]
    (fact,) = watched.told
    assert (fact.area, fact.type) == ("system", "machine.suspended")
    assert fact.payload["seconds"] == asleep
    assert datetime.fromisoformat(fact.payload["from"]) == begun + timedelta(seconds=TICK)
    assert datetime.fromisoformat(fact.payload["to"]) == begun + timedelta(seconds=TICK + asleep)


async def test_another_life_finds_every_sample_of_the_last_hour(open_history: Open) -> None:
    async with open_history() as watched:
        for number in range(40):
            watched.values = {"cpu": float(number), "service:web:cpu": number / 2}
            await watched.pass_(60)
        before = await watched.chart("cpu", 2300, points=2000)
    async with open_history() as watched:
        assert (await watched.chart("cpu", 2300, points=2000)).points == before.points
        assert len(before.points) == 1151
        assert [known.metric for known in await watched.history.series()] == ["cpu", "service:web:cpu"]


@pytest.mark.parametrize("back", [10 * DAY, 100 * DAY])
async def test_a_quarter_and_an_hour_of_two_lives_are_each_thinned_as_one(open_history: Open, back: float) -> None:
    async with open_history() as watched:
        watched.values = {"cpu": 10.0}
        await watched.pass_(QUARTER / 2)
    async with open_history() as watched:
        watched.values = {"cpu": 30.0}
        await watched.pass_(QUARTER)
        chart = await watched.chart("cpu", back)
    first = next(point for point in chart.points if point.at <= START.timestamp() < point.at + chart.grid.step)
    assert (first.min, first.max) == (10.0, 30.0)
    assert sum(point.samples for point in chart.points) == 1.5 * QUARTER // TICK


async def test_a_daemon_that_ends_at_once_loses_no_more_than_the_seconds_since_it_stored(open_history: Open) -> None:
    async with open_history(flush_at_the_end=False) as watched:
        watched.values = {"cpu": 7.0}
        await watched.pass_(58, flush_every=10)
        measured = (await watched.chart("cpu", 300)).points
    async with open_history() as watched:
        found = (await watched.chart("cpu", 300)).points
    lost = sum(point.samples for point in measured) - sum(point.samples for point in found)
    assert 0 < lost * TICK <= 10


async def test_a_clock_that_is_set_back_measures_the_same_time_again(open_history: Open) -> None:
    async with open_history() as watched:
        watched.values = {"cpu": 10.0}
        await watched.pass_(HOUR)
        watched.clock.turn(-HOUR / 2)
        watched.values = {"cpu": 90.0}
        await watched.pass_(HOUR)
        for back in (HOUR, 2 * HOUR, 10 * DAY):
            points = (await watched.chart("cpu", back, points=2000)).points
            assert [point.at for point in points] == sorted({point.at for point in points})
            assert points[-1].avg == 90.0
        minutes = (await watched.chart("cpu", 2 * HOUR, points=2000)).points
        for back in (2 * HOUR, 10 * DAY, 100 * DAY):
            points = (await watched.chart("cpu", back)).points
            assert sum(point.samples for point in points) == 1.5 * HOUR // TICK
    half = START.timestamp() + HOUR / 2
    assert {point.max for point in minutes if point.at + MINUTE <= half} == {10.0}
    assert {point.min for point in minutes if point.at > half} == {90.0}


async def test_a_database_that_is_away_delays_no_tick_and_gets_all_of_it_later(
    open_history: Open, tmp_path: Path
) -> None:
    async with open_history() as watched:
        watched.values = {"cpu": 1.0}
        await watched.pass_(60)
        with closing(sqlite3.connect(tmp_path / "control-center.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            storing = asyncio.create_task(watched.history.flush())
            await asyncio.sleep(0)  # it begins to wait before the time passes
            watched.values = {"cpu": 2.0}
            await watched.pass_(40 * MINUTE, flush_every=DAY)
            await storing  # the time that the database is waited for has passed
            assert watched.history.latest("cpu") == 2.0
            other.execute("ROLLBACK")
        await watched.pass_(MINUTE)
    async with open_history() as watched:
        chart = await watched.chart("cpu", HOUR, points=2000)
    assert len(chart.points) == 42 * MINUTE // TICK


async def test_figures_of_runs_are_told_and_not_stored_a_second_time(open_history: Open) -> None:
    async with open_history() as watched:
        watched.values = {"run:abc:cpu": 80.0, "cpu": 1.0}
        await watched.pass_(2)
        assert watched.history.latest("run:abc:cpu") == 80.0
        assert [known.metric for known in await watched.history.series()] == ["cpu"]
        at = watched.clock.now().timestamp()
        watched.runs["abc"] = [RunPoint(at - 100 + number, float(number), 1000) for number in range(100)]
        cpu, memory = await watched.history.charts(
            ["run:abc:cpu", "run:abc:memory"], Span(START - timedelta(days=1), watched.clock.now(), 10)
        )
    assert max(point.max for point in cpu.points) == 99.0
    assert {point.avg for point in memory.points} == {1000.0}


async def test_what_is_called_otherwise_is_refused_and_what_was_never_measured_is_empty(open_history: Open) -> None:
    async with open_history() as watched:
        with pytest.raises(UnknownMetric, match="'speed'"):
            await watched.chart("speed", HOUR)
        for back in (HOUR, 2 * DAY):
            assert (await watched.chart("service:never:cpu", back)).points == []


async def test_old_figures_go_and_with_them_series_of_which_nothing_is_left(open_history: Open) -> None:
    async with open_history() as watched:
        watched.values = {"cpu": 1.0, "service:gone:cpu": 2.0}
        await watched.pass_(HOUR)
        watched.clock.turn(20 * DAY)
        watched.values = {"cpu": 3.0}
        await watched.pass_(HOUR)
        now = int(watched.clock.now().timestamp())
        assert await watched.store.forget(float("inf"), now) == 2 * 61  # minutes of more than a week ago
        assert {point.avg for point in (await watched.chart("service:gone:cpu", 30 * DAY)).points} == {2.0}
        await watched.store.forget(10.0 * DAY, now)
        assert (await watched.chart("service:gone:cpu", 30 * DAY)).points == []
        assert [known.metric for known in await watched.history.series()] == ["cpu"]
        assert {point.min for point in (await watched.chart("cpu", 30 * DAY)).points} == {3.0}
        watched.values = {"service:gone:cpu": 4.0}
        await watched.pass_(MINUTE)
        assert len(await watched.history.series()) == 2
    async with open_history() as watched:
        assert (await watched.chart("service:gone:cpu", HOUR)).points[-1].avg == 4.0


async def test_where_nothing_is_old_nothing_is_written(open_history: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_history() as watched:
        watched.values = {"cpu": 1.0, "memory": 2.0}
        await watched.pass_(HOUR)
        now = int(watched.clock.now().timestamp())
        with monkeypatch.context() as patch:
            patch.setattr(watched.database, "write", None)
            assert await watched.store.forget(HOUR, now) == 0
        assert await watched.store.forget(HOUR - 10 * MINUTE, now) > 0


async def test_what_was_at_a_moment_is_told_as_exactly_as_it_is_kept(open_history: Open) -> None:
    async with open_history() as watched:
        watched.values = {"cpu": 20.0}
        await watched.pass_(HOUR)
        watched.values = {"cpu": 60.0, "memory": 5.0}
        await watched.pass_(HOUR)
        watched.clock.turn(8 * HOUR)
        await watched.pass_(HOUR)

        async def at(hours: float) -> Values:
            return await watched.history.values_at(START + timedelta(hours=hours))

        assert await at(0.5) == {"cpu": 20.0}
        assert await at(1.5) == {"cpu": 60.0, "memory": 5.0}
        assert await at(5) == {}
        assert await at(10.9) == {"cpu": 60.0, "memory": 5.0}


@pytest.mark.parametrize("early", [0.0, 0.015])
async def test_ticks_come_at_even_seconds_of_the_clock_and_are_stored_soon(
    open_history: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, early: float
) -> None:
    """Also where the system wakes who sleeps `early`, as Windows does."""
    heard: list[datetime] = []
    rests: list[float] = []
    real = asyncio.sleep

    async with open_history() as watched:

        async def rest(seconds: float) -> None:
            if asyncio.current_task() is running:
                rests.append(seconds)
                watched.clock.turn(seconds - early if seconds > 1 else seconds)
            await real(0)

        watched.clock.turn(0.5)
        watched.history.subscribe(lambda at, _: heard.append(at))
        watched.values = {"cpu": 1.0}
        monkeypatch.setattr(asyncio, "sleep", rest)
        running = asyncio.create_task(watched.history.run())
        async with asyncio.timeout(20):
            while len(heard) < 20:
                await real(0.001)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        monkeypatch.undo()
        with closing(sqlite3.connect(tmp_path / "control-center.db")) as file:
            (stored,) = file.execute("SELECT count(*) FROM sample_ticks").fetchone()
        assert stored >= len(heard) - 6
    assert heard == [START + timedelta(seconds=TICK * (number + 1)) for number in range(len(heard))]
    assert [rest for rest in rests if rest > 1][:2] == [1.5, 2.0]
