"""The process table in two phases: cheap figures of all processes choose the rows, and only rows are described."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from backend.services.system.passes import Pass
from backend.services.system.readings import Description, ProcessReader, Reading

Sort = Literal["cpu", "memory"]
Identity = tuple[float, str, object]
COMMAND_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class ProcessRow:
    pid: int
    name: str
    cpu_percent: float
    memory_percent: float
    memory_bytes: int | None
    status: str
    username: str | None
    command: str | None
    started_at: datetime | None
    service: str | None


@dataclass(frozen=True, slots=True)
class Top:
    """`count` is the number of all processes, not of rows."""

    count: int
    processes: list[ProcessRow]


class ProcessTable:
    """Remembers descriptions by pid, start and program. Not for several threads at once.

    `redact` takes secrets out of command lines before anyone sees them.
    """

    def __init__(self, reader: ProcessReader, redact: Callable[[str], str]) -> None:
        self._reader = reader
        self._redact = redact
        self._described: dict[int, tuple[Identity, Description]] = {}

    def choose(self, seen: Pass, limit: int, sort: Sort) -> list[Reading]:
        def cost(reading: Reading) -> tuple[float, float]:
            memory, cpu = reading.memory_bytes or 0, seen.shares[reading.pid]
            return (cpu, memory) if sort == "cpu" else (memory, cpu)

        return heapq.nlargest(limit, seen.readings.values(), key=cost)

    def rows(
        self, chosen: Collection[Reading], seen: Pass, services: Mapping[int, str], total_memory: int
    ) -> list[ProcessRow]:
        self._described = {pid: known for pid, known in self._described.items() if pid in seen.readings}
        return [self._row(r, seen.shares[r.pid], services.get(r.pid), total_memory) for r in chosen]

    def _row(self, reading: Reading, share: float, service: str | None, total_memory: int) -> ProcessRow:
        about = self._describe(reading)
        memory = reading.memory_bytes
        return ProcessRow(
            pid=reading.pid,
            name=about.name,
            cpu_percent=share,
            memory_percent=round(100 * (memory or 0) / total_memory, 2),
            memory_bytes=memory,
            status=reading.status,
            username=about.username,
            command=about.command,
            started_at=datetime.fromtimestamp(reading.started, UTC) if reading.started > 0 else None,
            service=service,
        )

    def _describe(self, reading: Reading) -> Description:
        identity = (reading.started, reading.name, reading.program)
        known = self._described.get(reading.pid)
        if known is None or known[0] != identity:
            about = self._reader.describe(reading)
            command = _shortened(self._redact(about.command)) if about.command else None
            known = identity, about._replace(command=command)
            self._described[reading.pid] = known
        return known[1]


def _shortened(command: str) -> str:
    return command if len(command) <= COMMAND_LIMIT else command[:COMMAND_LIMIT] + "…"
