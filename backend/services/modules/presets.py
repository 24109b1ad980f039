"""Values for a module that somebody has given a name, to begin a form with them again. Secrets are never kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.database.database import Database
from backend.database.repositories import modules as rows
from backend.services.modules.errors import TooManyPresets, UnknownPreset
from backend.services.modules.model import Module
from backend.services.modules.parameters import still_asked, without_secrets

MOST = 50  # of one module


@dataclass(frozen=True, slots=True)
class Preset:
    """`parameters` without secrets."""

    name: str
    parameters: Mapping[str, Any]
    updated_at: datetime


class Presets:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def of(self, module: Module) -> list[Preset]:
        """By their names."""
        async with self._database.read() as session:
            found = await rows.presets(session, module.id)
        return [Preset(row.name, still_asked(module, row.parameters), row.updated_at) for row in found]

    async def save(self, module: Module, name: str, values: Mapping[str, Any]) -> Preset:
        """Keeps `values`, which must have been checked, in the place of those that had the name. Raises
        `TooManyPresets`."""
        kept, now = without_secrets(module, values), self._clock.now()

        async def unit(session: AsyncSession) -> None:
            known = {row.name for row in await rows.presets(session, module.id)}
            if len(known | {name}) > MOST:
                raise TooManyPresets(f"{module.name} has {MOST} presets already. Delete one, or replace one.")
            await rows.save_preset(session, module.id, name, kept, now)

        await self._database.write(unit)
        return Preset(name, kept, now)

    async def remove(self, module: Module, name: str) -> None:
        """Raises `UnknownPreset`."""
        if not await self._database.write(lambda session: rows.remove_preset(session, module.id, name)):
            raise UnknownPreset(f"{module.name} has no preset {name!r}.")
