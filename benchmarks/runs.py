"""From asking for a run to its process, many short runs, and pages of a million rows.

    python -m benchmarks.runs [--rounds 200] [--runs 200] [--rows 1000000]

A start is from the request in the daemon to the process' own first act, beside a bare spawn of the same program in
turns. The runs are of `true`, asked for over the runner as the API does it, and all rows are looked at. The database
lies in a temporary folder.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend.app import open_center
from backend.center import Center
from backend.config import Settings
from backend.core.clock import SystemClock
from backend.database.database import Database, open_database
from backend.database.repositories import jobs, runs
from backend.database.repositories.jobs import Filter
from backend.services.jobs import Jobs
from backend.services.runs.history import History

STAMP = "echo $(date +%s%N) >> {file}"
BATCH = 5000
MODULES = 40


@asynccontextmanager
async def center(modules: dict[str, object], slots: int) -> AsyncIterator[Center]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "control-center.yaml").write_text(json.dumps({"modules": modules}))
        settings = Settings(data_dir=folder / "data", config_dir=folder, max_concurrent_runs=slots)
        async with open_center(settings) as opened:
            yield opened
            await opened.runs.close()


async def starts(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        stamps = Path(name) / "stamps"
        command = ["sh", "-c", STAMP.format(file=stamps)]
        taken: dict[str, list[float]] = {"bare spawn": [], "run": []}
        async with center({"stamp": {"command": command}}, 4) as opened:
            for number in range(rounds + 1):
                begun = time.time_ns()
                subprocess.run(command, check=True)
                bare = _last(stamps) - begun
                begun = time.time_ns()
                view = await opened.runs.submit("stamp", {})
                await opened.runs.ended(view.run_id)
                if number:
                    taken["bare spawn"].append(bare / 1e6)
                    taken["run"].append((_last(stamps) - begun) / 1e6)
    print("\nfrom asking to the process' first act, milliseconds")
    for what, times in taken.items():
        ranked = sorted(times)
        print(f"  {what:<12} p50 {statistics.median(ranked):7.2f}  p99 {ranked[int(len(ranked) * 0.99)]:7.2f}")
    over = [run - bare for run, bare in zip(taken["run"], taken["bare spawn"], strict=True)]
    print(f"  over a bare spawn, p50 {statistics.median(over):.2f} (goal: at most 15)")


def _last(stamps: Path) -> int:
    return int(stamps.read_text().splitlines()[-1])


async def many(count: int) -> None:
    async with center({"yes": {"command": [shutil.which("true") or "true"]}}, os.cpu_count() or 4) as opened:
        begun = time.perf_counter()
        asked = await asyncio.gather(*(opened.runs.submit("yes", {}) for _ in range(count)))
        await asyncio.gather(*(opened.runs.ended(view.run_id) for view in asked))
        rate = count / (time.perf_counter() - begun)
        right = 0
        before = None
        while True:
            page = await opened.runs.page(status="completed", limit=100, before=before)
            right += sum(run.exit_code == 0 and run.completed_at is not None for run in page.runs)
            if (before := page.next_before) is None:
                break
        print(f"\n{count} runs of true: {rate:.0f} a second (goal: at least 40), {right} of {count} rows right")


async def fill(database: Database, rows: int) -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    statuses = ("completed",) * 17 + ("failed", "cancelled", "timed_out")
    for first in range(1, rows + 1, BATCH):
        ids = range(first, min(first + BATCH, rows + 1))
        made = [
            jobs.Job(
                id=number, job_type=runs.TYPE, subject=f"module-{number * 7919 % MODULES}",
                status=statuses[number * 104729 % 20], queued_at=begun + timedelta(seconds=number),
                started_at=begun + timedelta(seconds=number), completed_at=begun + timedelta(seconds=number + 1),
            )
            for number in ids
        ]  # fmt: skip
        records = [
            runs.Record(number, f"run_20260101_000000_m_{number:08x}", "Module", {"n": number}, [], [], 1, exit_code=0)
            for number in ids
        ]

        async def unit(session: object, made: list[jobs.Job] = made, records: list[runs.Record] = records) -> None:
            await jobs.store(session, made)  # type: ignore[arg-type]
            await runs.store(session, records)  # type: ignore[arg-type]

        await database.write(unit)


async def paging(rows: int, rounds: int = 9) -> None:
    with tempfile.TemporaryDirectory() as name:
        async with open_database("sqlite:///runs.db", Path(name), SystemClock()) as database:
            begun = time.perf_counter()
            await fill(database, rows)
            print(f"\n{rows} runs stored in {time.perf_counter() - begun:.0f} s; a page of 50, milliseconds (median)")
            known = Jobs(database)
            begun = time.perf_counter()
            await known.open()
            print(f"  counts are read in {(time.perf_counter() - begun) * 1000:.1f}")
            history = History(database, known)
            filters = {
                "all": Filter(),
                "one module": Filter(subject="module-3"),
                "one status": Filter(status="failed"),
                "rare status": Filter(status="queued"),
                "module and status": Filter(subject="module-3", status="timed_out"),
            }
            for title, wanted in filters.items():
                total = known.count(runs.TYPE, wanted.subject, wanted.status)
                depths = [0, total // 2, max(0, total - 50)]
                figures = [await _median(_by_offset(history, wanted, at), rounds) for at in depths]
                figures += [await _median(_by_key(history, wanted, rows - at), rounds) for at in (0, rows // 2)]
                shown = "  ".join(f"{one:8.2f}" for one in figures)
                print(f"  {title:<18} offset 0, middle, last; cursor at the top, in the middle: {shown}")


def _by_offset(history: History, wanted: Filter, offset: int) -> Callable[[], Awaitable[object]]:
    return lambda: history.page(wanted, limit=50, offset=offset)


def _by_key(history: History, wanted: Filter, before: int) -> Callable[[], Awaitable[object]]:
    return lambda: history.page(Filter(None, wanted.subject, wanted.status, before), limit=50, offset=0)


async def _median(way: Callable[[], Awaitable[object]], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        await way()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    if given.rounds:
        asyncio.run(starts(given.rounds))
    if given.runs:
        asyncio.run(many(given.runs))
    if given.rows:
        asyncio.run(paging(given.rows))


if __name__ == "__main__":
    main()
