"""The tables of all areas. Who reads or writes imports those of its area alone: a daemon is ready sooner."""

from __future__ import annotations

from backend.database.base import Base
from backend.database.tables import (
    events,
    jobs,
    knowledge,
    leases,
    modules,
    processes,
    runs,
    schedules,
    supervisor,
    system,
    usage,
)

__all__ = [
    "METADATA",
    "events",
    "jobs",
    "knowledge",
    "leases",
    "modules",
    "processes",
    "runs",
    "schedules",
    "supervisor",
    "system",
    "usage",
]

METADATA = Base.metadata
