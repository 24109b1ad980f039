"""A reading in which nothing is missing: hardware and calls that a machine of tests does not have."""

from __future__ import annotations

from datetime import UTC, date, datetime

from backend.database.repositories.usage import Sums
from backend.services.knowledge.index import Figures
from backend.services.metrics.reading import Reading
from backend.services.metrics.tally import Counts
from backend.services.supervisor.views import ServiceView
from backend.services.system.figures import (
    Battery,
    Cpu,
    Drive,
    Fan,
    Frequency,
    Gpu,
    Memory,
    Network,
    Sample,
    Swap,
    Temperature,
)
from backend.services.usage.budgets import Standing
from backend.services.usage.model import Budget

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
GIB = 1024**3

MACHINE = Sample(
    timestamp=NOW,
    cpu=Cpu(25.0, 2, Frequency(), (50.0, 0.0)),
    memory=Memory(8 * GIB, 6 * GIB, 2 * GIB, 25.0, 8.0, 2.0, 6.0),
    swap=Swap(GIB, 0, 0.0),
    disk=None,
    network=Network(1000, 2000, 1.0, 2.0),
    disk_traffic=None,
    disks=(Drive("nvme0n1p2", "/", 100, 40, 40.0, 1.0, 2.0),),
    networks=(),
    temperatures=(Temperature("cpu", 51.5, None, None),),
    fans=(Fan("cpu", 900),),
    battery=Battery(80.0, True, None),
    gpus=(Gpu(0, "NVIDIA", "RTX", None, None, 50.0, 4 * GIB, 8 * GIB, 61.0, 120.5, None, None, ()),),
)


def service(service_id: str) -> ServiceView:
    return ServiceView(
        id=service_id,
        name=service_id,
        description="",
        status="running",
        health="healthy",
        wanted="up",
        reason=None,
        pid=1234,
        port=None,
        url=None,
        uptime_seconds=1.0,
        started_at=NOW,
        restarts=3,
        exit_code=None,
        exit_text=None,
        cpu_percent=None,
        memory_bytes=None,
        tags=(),
        lifetime="adopt",
        log_file="one.log",
        definition="current",
        since=NOW,
        retry_at=None,
        depends_on=(),
        ladder=None,
    )


def spent(model: str, cost: float | None) -> Sums:
    return Sums({"provider": "openai", "model": model}, 4, 100, 20, 10, 50, cost, 1, 1, 1)


FULL = Reading(
    version="1.2.3",
    started_at=NOW,
    machine=MACHINE,
    services=(service("n8n"),),
    used={"n8n": (150.0, 3 * GIB)},
    runs={"queued": 1, "running": 2},
    spent=(spent("gpt", 1.25), spent("", None)),
    budgets=(Standing(Budget("daily", "day", 4.0, 5.0), date(2026, 11, 21), date(2026, 11, 22), 1.25, 0),),
    knowledge=Figures(files=12, size=3400),
    firing={("hot", "critical"): 1},
    counts=Counts(
        events={"service.launched": 2},
        launches={"n8n": 2},
        exits={"n8n": 1},
        runs={("backup", "failed"): 1},
        deliveries={("phone", "delivered"): 1},
    ),
)
