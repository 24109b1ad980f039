"""One module an area. Importing this package makes `Base.metadata` whole."""

from backend.database.tables import events, knowledge, leases, processes, runs, supervisor, system, usage

__all__ = ["events", "knowledge", "leases", "processes", "runs", "supervisor", "system", "usage"]
