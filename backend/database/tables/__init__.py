"""One module an area. Importing this package makes `Base.metadata` whole."""

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
