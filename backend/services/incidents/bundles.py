"""Bundles for a report of a fault: gathers what is known of a time, and hands it to who strikes out and writes."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import platform
import re
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from backend import __version__
from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.secrets import Secrets
from backend.database.database import Database
from backend.database.history import page
from backend.database.journal import Journal
from backend.database.repositories import runs
from backend.database.repositories.events import Filter
from backend.database.tables.incidents import CrashRow
from backend.services.incidents.cards import Cards
from backend.services.incidents.material import ALL, End, Include, LeftOut, Material, Part, Slice, Text
from backend.services.incidents.writing import Contents, preview, write
from backend.services.processes.logs import Log
from backend.services.system.history.charts import Span
from backend.services.system.history.history import History

AFTER = timedelta(minutes=10)  # what followed belongs to it
EVENTS = 20_000
CRASHES = 100
RUNS = 50
_PAGE = 1000
_POINTS = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """The `hours` before `at` (now, where there is none) and a little after; of `services` alone, where any are
    named."""

    at: datetime | None = None
    hours: float = 1.0
    services: tuple[str, ...] = ()
    include: tuple[Include, ...] = ALL


@dataclass(frozen=True, kw_only=True)
class Bundles:
    """`configuration` gives the text in force and the settings, `logs` the log of each service, `log_of_run` that of a
    run, None where it is forgotten, `diagnose` findings as JSON; `folder` is where room for a bundle is looked for. One
    bundle is made at a time."""

    database: Database
    journal: Journal
    clock: Clock
    secrets: Secrets
    cards: Cards
    history: History
    configuration: Callable[[], Mapping[str, str]]
    services: Callable[[], Sequence[Mapping[str, Any]]]
    logs: Callable[[], Mapping[str, Log]]
    log_of_run: Callable[[str], Awaitable[Log | None]]
    diagnose: Callable[[], Awaitable[Sequence[Mapping[str, Any]]]]
    own_log: Path
    folder: Path
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def preview(self, asked: Asked) -> Contents:
        """What would be in it, and what would be struck out."""
        async with self.turn:
            return await asyncio.to_thread(preview, await self._gather(asked), self.secrets)

    async def write(self, asked: Asked) -> tuple[IO[bytes], int]:
        """The file, at its beginning, and its size; whoever gets it closes it. Raises `NoRoom`."""
        async with self.turn:
            return await asyncio.to_thread(write, await self._gather(asked), self.secrets, self.folder)

    async def _gather(self, asked: Asked) -> Material:
        now = self.clock.now()
        at = min(asked.at or now, now)
        start, end = at - timedelta(hours=asked.hours), min(at + AFTER, now)
        gather: dict[Include, Callable[[], Awaitable[Sequence[Part]]]] = {
            "versions": self._versions,
            "configuration": self._configuration,
            "diagnostics": self._diagnostics,
            "crashes": lambda: self._crashes(asked, start, end),
            "journal": lambda: self._events(start, end),
            "samples": lambda: self._samples(asked, start, end),
            "logs": lambda: self._logs(asked, start, end),
        }
        parts: list[Part] = []
        left_out: list[LeftOut] = []
        for what, parts_of in gather.items():
            if what in asked.include:
                try:
                    parts += await parts_of()
                except (CenterError, OSError) as error:
                    left_out.append(LeftOut(what, getattr(error, "detail", str(error))))
        return Material(start, end, parts, left_out)

    async def _versions(self) -> Sequence[Part]:
        return [Text("versions.json", _json(await asyncio.to_thread(_versions)))]

    async def _configuration(self) -> Sequence[Part]:
        texts = [Text(f"configuration/{name}", text, wrote=True) for name, text in self.configuration().items()]
        return [*texts, Text("services.json", _json(self.services()))]

    async def _diagnostics(self) -> Sequence[Part]:
        return [Text("diagnostics.json", _json(await self.diagnose()))]

    async def _crashes(self, asked: Asked, start: datetime, end: datetime) -> Sequence[Part]:
        found = await self.cards.between(start, end, services=asked.services, limit=CRASHES)
        return [Text("crashes.json", _json([_crash(row) for row in found]))] if found else []

    async def _events(self, start: datetime, end: datetime) -> Sequence[Part]:
        """The newest of the time; of all services, since one is the cause of another's trouble."""
        lines: list[str] = []
        before = None
        while len(lines) < EVENTS:
            found = await page(self.database, self.journal, Filter(start=start, end=end, before=before), _PAGE)
            lines += [json.dumps(told.event.as_json(), ensure_ascii=False) for told in found.events]
            if (before := found.next) is None:
                break
        return [Text("journal.jsonl", "".join(f"{line}\n" for line in reversed(lines)))]

    async def _samples(self, asked: Asked, start: datetime, end: datetime) -> Sequence[Part]:
        known = [one.metric for one in await self.history.series() if one.last >= start and one.first <= end]
        wanted = [metric for metric in known if not asked.services or _concerns(metric, asked.services)]
        rows = io.StringIO()
        table = csv.writer(rows, lineterminator="\n")
        table.writerow(("metric", "at", "min", "avg", "max"))
        for chart in await self.history.charts(wanted, Span(start, end, _POINTS)):
            for point in chart.points:
                at = datetime.fromtimestamp(point.at, UTC).isoformat()
                table.writerow((chart.series.metric, at, point.min, point.avg, point.max))
        return [Text("samples.csv", rows.getvalue())]

    async def _logs(self, asked: Asked, start: datetime, end: datetime) -> Sequence[Part]:
        slices: list[Part] = [
            Slice(f"logs/service-{service}.log", log, start, end)
            for service, log in self.logs().items()
            if not asked.services or service in asked.services
        ]
        if not asked.services:
            slices += [
                Slice(f"logs/run-{_file_name(run)}.log", log, start, end) for run, log in await self._runs(start, end)
            ]
        return [*slices, End("logs/control-center.log", self.own_log)]

    async def _runs(self, start: datetime, end: datetime) -> list[tuple[str, Log]]:
        """Those that went in that time."""
        async with self.database.read() as session:
            going = await runs.going(session, start, end, through=_PAGE, limit=RUNS)
        return [(run.run_id, log) for _, run in going if (log := await self.log_of_run(run.run_id)) is not None]


def _versions() -> Mapping[str, Any]:
    told = [one.metadata for one in metadata.distributions()]  # nothing, where pip could not remove it whole
    packages = {one["Name"]: one["Version"] for one in told if one and "Name" in one}
    return {
        "control_center": __version__,
        "python": sys.version,
        "system": platform.platform(),
        "machine": platform.machine(),
        "sqlite": sqlite3.sqlite_version,
        "packages": dict(sorted(packages.items(), key=lambda item: item[0].lower())),
    }


def _crash(row: CrashRow) -> Mapping[str, Any]:
    return {column.key: getattr(row, column.key) for column in CrashRow.__table__.columns if column.key != "tree"}


def _concerns(metric: str, services: Iterable[str]) -> bool:
    """What is of the machine concerns everybody."""
    return not metric.startswith("service:") or metric.split(":")[1] in services


def _file_name(text: str) -> str:
    """As any system takes it."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)[:150].rstrip(".")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
