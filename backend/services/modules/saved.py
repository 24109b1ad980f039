"""What somebody filled in for a module last, kept for the next time. Secrets are never kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.core.clock import Clock
from backend.database.database import Database
from backend.database.repositories import modules as rows
from backend.services.modules.model import Module
from backend.services.modules.parameters import defaults, still_asked, without_secrets


@dataclass(frozen=True, slots=True)
class Saved:
    """`parameters` without secrets; `updated_at` is None where nothing was saved."""

    parameters: Mapping[str, Any]
    updated_at: datetime | None


class SavedParameters:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def get(self, module: Module) -> Saved:
        """What a form begins with: the defaults, and over them what was saved."""
        async with self._database.read() as session:
            row = await rows.saved(session, module.id)
        kept = {} if row is None else still_asked(module, row.parameters)
        return Saved({**defaults(module), **kept}, None if row is None else row.updated_at)

    async def save(self, module: Module, values: Mapping[str, Any]) -> Saved:
        """Keeps `values`, which must have been checked; gives what was kept."""
        kept, now = without_secrets(module, values), self._clock.now()
        await self._database.write(lambda session: rows.save(session, module.id, kept, now))
        return Saved(kept, now)

    async def forget(self, module: Module) -> bool:
        """Whether something had been saved."""
        return await self._database.write(lambda session: rows.forget(session, module.id))
