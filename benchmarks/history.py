"""A year of figures on disk: how fast it is stored, how much room it takes, how long its charts take.

    python -m benchmarks.watching history

A year of the machine and of 20 services is laid down as the daemon lays it down, a quarter of an hour at a time.
"""

from __future__ import annotations

import asyncio
import random
import resource
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import SystemClock
from backend.database.database import Database, open_database
from backend.database.repositories import system as table
from backend.database.tables.system import SampleRow
from backend.services.system.history.charts import Charts, Span
from backend.services.system.history.points import HOUR, MINUTE, QUARTER, TICK, WEEK
from backend.services.system.history.recent import KEPT, Recent
from backend.services.system.history.store import Store
from benchmarks.goals import Figure

YEAR = 365 * 86_400
SERVICES = 20
MACHINE = ("cpu", "memory", "swap", "disk", "net_in", "net_out", "disk_read", "disk_write", "gpu", "gpu_memory")
METRICS = (*MACHINE, *(f"service:s{number}:{kind}" for number in range(SERVICES) for kind in ("cpu", "memory")))
QUARTERS_A_UNIT = 4
POINTS = (1, 300, 2000)
SPANS = {"an hour": 3600, "a day": 86_400, "a week": WEEK, "a month": 30 * 86_400, "a year": YEAR}


def _value(metric: str) -> float:
    if metric.endswith(":memory") or metric.startswith(("net", "disk_")):
        return float(random.randrange(1 << 30))
    return round(random.uniform(0, 100), 1)


def _sample(tier: int, series: int, at: int, metric: str) -> table.Sample:
    least, most = sorted((_value(metric), _value(metric)))
    return table.Sample(tier, series, at, least, (least + most) / 2, most, tier // TICK)


def quarter_of(ids: Mapping[str, int], at: int, now: int) -> list[table.Sample]:
    """What one quarter of an hour leaves: for a week its minutes too."""
    minutes = range(at, at + QUARTER, MINUTE) if at > now - WEEK else ()
    return [
        sample
        for metric, series in ids.items()
        for sample in (
            *(_sample(MINUTE, series, minute, metric) for minute in minutes),
            _sample(QUARTER, series, at, metric),
        )
    ]


async def lay_down(database: Database, now: int) -> None:
    begin = (now - YEAR) // QUARTER * QUARTER

    async def named(session: AsyncSession) -> Mapping[str, int]:
        return await table.add_series(session, dict.fromkeys(METRICS, begin))

    ids = await database.write(named)
    rows = 0
    end = now // QUARTER * QUARTER
    for at in range(begin, end, QUARTERS_A_UNIT * QUARTER):
        quarters = range(at, min(at + QUARTERS_A_UNIT * QUARTER, end), QUARTER)
        samples = [sample for quarter in quarters for sample in quarter_of(ids, quarter, now)]

        async def store(session: AsyncSession, samples: Sequence[table.Sample] = samples) -> None:
            await table.add(session, samples)
            hour = samples[0].at // HOUR * HOUR
            await table.sum_up(session, list(ids.values()), QUARTER, HOUR, since=hour, until=hour + 2 * HOUR)

        await database.write(store)
        rows += len(samples)
    print(f"  {rows:,} rows of {len(METRICS)} series, and their hours")


async def storing(database: Database, rounds: int = 30) -> dict[str, float]:
    """Rows a second of ours and of a plain insert of SQLAlchemy's core, in turns: the minutes of a quarter of an hour,
    as the daemon stores them."""
    async with database.read() as session:
        ids = {one.metric: one.id for one in await table.all_series(session)}
    taken: dict[str, list[float]] = {"ours": [], "core": []}
    for number in range(2 * rounds):
        samples = [
            _sample(MINUTE, series, number * QUARTER + minute, metric)
            for metric, series in ids.items()
            for minute in range(0, QUARTER, MINUTE)
        ]

        async def ours(session: AsyncSession, samples: Sequence[table.Sample] = samples) -> None:
            await table.add(session, samples)

        async def core(session: AsyncSession, samples: Sequence[table.Sample] = samples) -> None:
            rows = [sample._asdict() for sample in samples]
            await (await session.connection()).execute(insert(SampleRow), rows)

        name, work = ("ours", ours) if number % 2 else ("core", core)
        begun = time.perf_counter()
        await database.write(work)
        taken[name].append((time.perf_counter() - begun) / len(samples))
    return {name: 1 / median(times) for name, times in taken.items()}


async def lay_ticks(database: Database, now: int) -> None:
    """The last hour as it was measured."""
    async with database.read() as session:
        ids = [one.id for one in await table.all_series(session)]
    ticks = [
        table.Tick(at, {str(id_): round(random.uniform(0, 1e9), 1) for id_ in ids})
        for at in range(now - KEPT, now, TICK)
    ]
    for first in range(0, len(ticks), 100):
        part = ticks[first : first + 100]

        async def store(session: AsyncSession, part: Sequence[table.Tick] = part) -> None:
            await table.add_ticks(session, part)

        await database.write(store)


async def no_runs(_: str) -> tuple[()]:
    return ()


async def charts(database: Database, now: int, rounds: int) -> float:
    """Milliseconds of the slowest chart, at the median."""
    recent, clock = Recent(), SystemClock()
    store = Store(database, recent)
    begun = time.perf_counter()
    await store.open(now)
    print(f"  what a start reads: {1000 * (time.perf_counter() - begun):.1f} ms")
    asked = Charts(recent=recent, store=store, run_points=no_runs, clock=clock)
    end = datetime.fromtimestamp(now, UTC)
    print(f"  one chart, ms: median (most) of {rounds}")
    slowest = 0.0
    for name, seconds in SPANS.items():
        for points in POINTS:
            taken = []
            for _ in range(rounds):
                span = Span(end - timedelta(seconds=seconds), end, points)
                begun = time.perf_counter()
                (chart,) = await asked.of([random.choice(METRICS)], span)
                taken.append(1000 * (time.perf_counter() - begun))
                assert 0 < len(chart.points) <= points
            slowest = max(slowest, median(taken))
            print(f"    {name:<8} {points:5} points {median(taken):7.2f} ({max(taken):.2f})")
    for name in ("an hour", "a day", "a week"):
        span = Span(end - timedelta(seconds=SPANS[name]), end, 60)
        begun = time.perf_counter()
        await asked.of(METRICS, span)
        taken_all = 1000 * (time.perf_counter() - begun)
        print(f"    {name:<8} {taken_all:7.2f} all {len(METRICS)} series at once, 60 points each")
    return slowest


def size_of(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.iterdir()) / 1e6


async def measure(rounds: int = 9) -> Sequence[Figure]:
    now = int(time.time())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with open_database("sqlite+aiosqlite:///control-center.db", folder, SystemClock()) as database:
            await lay_down(database, now)
            await lay_ticks(database, now)
            slowest = await charts(database, now, rounds)
            rate = await storing(database)
        size = size_of(folder)
    print(f"  this process at its largest: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    beside = f"SQLAlchemy core: {rate['core']:,.0f} rows/s"
    return (
        Figure("samples stored in batches", rate["ours"], "rows/s", 100_000, beside, at_least=True),
        Figure("a year of the machine and 20 services", size, "MB", 200),
        Figure("a chart, of the slowest span and number of points", slowest, "ms", 50),
    )


def figures() -> Sequence[Figure]:
    return asyncio.run(measure())
