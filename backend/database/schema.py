"""The tables of all areas. Who reads or writes imports those of its area alone: a daemon is ready sooner."""

from __future__ import annotations

from backend.database.base import Base
from backend.database.tables import (
    alerts,
    events,
    incidents,
    jobs,
    knowledge,
    leases,
    modules,
    notifications,
    processes,
    runs,
    schedules,
    supervisor,
    system,
    usage,
)

__all__ = [
    "METADATA",
    "alerts",
    "events",
    "incidents",
    "jobs",
    "knowledge",
    "leases",
    "modules",
    "notifications",
    "processes",
    "runs",
    "schedules",
    "supervisor",
    "system",
    "usage",
]

METADATA = Base.metadata
