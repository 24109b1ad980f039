"""The tables of all areas. Who reads or writes imports those of its area alone: a daemon is ready sooner."""

from __future__ import annotations

from backend.database.base import Base
from backend.database.tables import events, knowledge, leases, processes, runs, supervisor, system, usage

__all__ = ["METADATA", "events", "knowledge", "leases", "processes", "runs", "supervisor", "system", "usage"]

METADATA = Base.metadata
