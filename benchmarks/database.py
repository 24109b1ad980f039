"""Storing events and paging through many of them, beside the usual ways with the same tables and pragmas.

    python -m benchmarks.database [--events 1000000] [--writes 300] [--rounds 9]

First one event a commit: `core` is a bare `engine.begin()` and insert, `ours` one unit of work, `journal` from telling
until it is stored. Then 500 events a commit, also through the ORM's `add_all`. Last a page of 50 at growing depth: ours
by key, also with filters, and by OFFSET. The database lies in a temporary folder; the disk below it decides much, so
compare ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, event, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from backend.core.clock import SystemClock
from backend.core.events import Event, Fact
from backend.database.database import Database, open_database
from backend.database.history import page
from backend.database.journal import Journal
from backend.database.repositories import events as repository
from backend.database.repositories.events import Filter
from backend.database.tables.events import EventRow
from benchmarks.goals import Figure, median
from benchmarks.measure import show

AsyncWay = Callable[[], Awaitable[object]]
TABLE = cast(Table, EventRow.__table__)
BATCH = 500
PAGE = 50
KINDS = ("ours", "OFFSET")
FACT = Fact("supervisor", "service.started", "comfyui", payload={"pid": 4711, "reason": "wanted"})


async def in_turns(ways: Mapping[str, AsyncWay], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each way by round, after one round that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            begun = time.perf_counter()
            await way()
            if number:
                taken[name].append((time.perf_counter() - begun) * 1000)
    return taken


def made_up() -> Iterator[Event]:
    at = datetime.now(UTC)
    return (Event(seq, at, FACT) for seq in count(1))


def row(one: Event) -> dict[str, Any]:
    fact = one.fact
    return {
        **{"seq": one.seq, "id": one.id, "at": one.at, "area": fact.area, "type": fact.type, "version": fact.version},
        **{"subject": fact.subject, "actor": fact.actor, "host": one.host, "cause": None, "payload": fact.payload},
    }


def bare(file: Path) -> AsyncEngine:
    engine = create_async_engine(f"sqlite+aiosqlite:///{file.as_posix()}")

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    return engine


async def storing(folder: Path, writes: int, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of one event a commit, by way."""
    clock = SystemClock()
    for name in ("core", "orm"):
        async with open_database(f"sqlite:///{name}.db", folder, clock):
            pass
    core, orm = bare(folder / "core.db"), bare(folder / "orm.db")
    fresh = {name: made_up() for name in ("core", "orm", "ours")}

    async def by_core(rows: int) -> None:
        async with core.begin() as connection:
            await connection.execute(insert(TABLE), [row(one) for one in islice(fresh["core"], rows)])

    async def by_orm(rows: int) -> None:
        async with AsyncSession(orm) as session:
            session.add_all([EventRow(**row(one)) for one in islice(fresh["orm"], rows)])
            await session.commit()

    async with (
        open_database("sqlite:///ours.db", folder, clock) as ours,
        open_database("sqlite:///journal.db", folder, clock) as told,
    ):
        journal = Journal(told, clock, last_seq=0)
        keeping = asyncio.create_task(journal.keep_storing())

        async def by_unit(rows: int) -> None:
            batch = list(islice(fresh["ours"], rows))
            await ours.write(lambda session: repository.append(session, batch))

        async def by_journal(rows: int) -> None:
            for _ in range(rows):
                journal.tell(FACT)
            await journal.settled()

        one = {"core": by_core, "ours": by_unit, "journal": by_journal}
        single = await in_turns({name: lambda way=way: way(1) for name, way in one.items()}, writes)  # type: ignore[misc]
        show("one event a commit", single, against="core")
        many = {**one, "orm": by_orm}
        taken = await in_turns({name: lambda way=way: way(BATCH) for name, way in many.items()}, rounds)  # type: ignore[misc]
        show(f"{BATCH} events a commit", taken, against="core")
        for name, times in taken.items():
            print(f"  {name:<7}  {BATCH / min(times) * 1000:10,.0f} rows/s at best")
        keeping.cancel()
    await core.dispose()
    await orm.dispose()
    return single


START = datetime(2026, 1, 1, tzinfo=UTC)
AREAS = ("supervisor", "runs", "modules", "definitions")


def fill(file: Path, rows: int) -> None:
    """An event a second, of four areas, forty types and a hundred subjects; one of five hundred asked for by a
    person."""

    def made() -> Iterator[tuple[Any, ...]]:
        for seq in range(1, rows + 1):
            at = (START + timedelta(seconds=seq)).isoformat(timespec="microseconds")
            area, actor = AREAS[seq % 4], "daemon" if seq % 500 else "local"
            subject = f"service{seq % 101}"
            yield seq, "0" * 32, at, area, f"{area}.{seq % 40}", 1, subject, actor, "here", "{}"

    with closing(sqlite3.connect(file)) as connection:
        connection.executemany(
            "INSERT INTO events (seq, id, at, area, type, version, subject, actor, host, payload) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            made(),
        )
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def depths(rows: int) -> tuple[int, ...]:
    return 0, rows // 100, rows // 2, rows * 99 // 100


async def paging(folder: Path, rows: int, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of a page, by way and depth."""
    clock = SystemClock()
    async with open_database("sqlite:///pages.db", folder, clock) as database:
        fill(folder / "pages.db", rows)
        journal = Journal(database, clock, last_seq=rows)
        deep = rows // 4
        filters = {
            "one subject": Filter(subject="service7"),
            "subject and area": Filter(("supervisor",), subject="service7"),
            "two areas": Filter(("runs", "modules")),
            "three types": Filter(types=("runs.1", "modules.2", "supervisor.4")),
            "asked for by a person": Filter(actor="local"),
            "half a day": Filter(start=START + timedelta(seconds=deep - 43_200), end=START + timedelta(seconds=deep)),
        }
        ways: dict[str, AsyncWay] = {}
        for depth in depths(rows):
            ways[f"ours {depth:,} deep"] = lambda before=rows + 1 - depth: by_key(
                database, journal, Filter(before=before)
            )  # type: ignore[misc]
        for name, wanted in filters.items():
            ways[f"ours, {name}, deep"] = lambda wanted=wanted: by_key(database, journal, replace(wanted, before=deep))  # type: ignore[misc]
        words = Filter(text="vice77", before=deep)
        ways["ours, a word, deep"] = lambda: by_key(database, journal, words)
        for depth in depths(rows):
            ways[f"OFFSET {depth:,} deep"] = lambda depth=depth: by_offset(database, depth)  # type: ignore[misc]
        taken = await in_turns(ways, rounds)
        show(f"a page of {PAGE} of {rows:,} events", taken, against="ours 0 deep")
        return taken


async def by_key(database: Database, journal: Journal, wanted: Filter) -> None:
    found = await page(database, journal, wanted, PAGE)
    assert len(found.events) == PAGE


async def by_offset(database: Database, depth: int) -> None:
    async with database.read() as session:
        found = await session.execute(select(*TABLE.columns).order_by(EventRow.seq.desc()).offset(depth).limit(PAGE))
        assert len(found.all()) == PAGE


def figures(events: int = 1_000_000, writes: int = 300, rounds: int = 9) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        taken = asyncio.run(storing(Path(folder), writes, rounds))
        beside = f"SQLAlchemy core: {median(taken['core']):.2f} ms"
        # not through the journal, which rests between two commits on purpose where one event follows another at once
        yield Figure("one event stored, p50", median(taken["ours"]), "ms", 1.0, beside)
        taken = asyncio.run(paging(Path(folder), events, rounds * 3))
        slowest = {kind: max(median(taken[f"{kind} {depth:,} deep"]) for depth in depths(events)) for kind in KINDS}
        what = f"a page of {events:,} events, at the slowest depth"
        yield Figure(what, slowest["ours"], "ms", 2.0, f"by OFFSET: {slowest['OFFSET']:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000, help="in the table while paging")
    parser.add_argument("--writes", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(storing(Path(folder), given.writes, given.rounds))
        asyncio.run(paging(Path(folder), given.events, given.rounds * 3))


if __name__ == "__main__":
    main()
