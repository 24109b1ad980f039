"""Rows of what people have filled in for modules. Parameters must come with their secrets taken out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Insert, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database.base import Base
from backend.database.engine import upsert
from backend.database.tables.modules import ModulePresetRow, ModuleSettingsRow


async def saved(session: AsyncSession, module_id: str) -> ModuleSettingsRow | None:
    return await session.get(ModuleSettingsRow, module_id)


async def save(session: AsyncSession, module_id: str, parameters: Mapping[str, Any], at: datetime) -> None:
    """Puts `parameters` in the place of those saved before."""
    row = {"module_id": module_id, "parameters": dict(parameters), "updated_at": at}
    await (await session.connection()).execute(_SAVE, [row])


async def forget(session: AsyncSession, module_id: str) -> bool:
    """Whether there was something to forget."""
    found = await session.execute(
        delete(ModuleSettingsRow).where(ModuleSettingsRow.module_id == module_id).returning(ModuleSettingsRow.module_id)
    )
    return found.first() is not None


async def presets(session: AsyncSession, module_id: str) -> list[ModulePresetRow]:
    """By their names."""
    wanted = select(ModulePresetRow).where(ModulePresetRow.module_id == module_id).order_by(ModulePresetRow.name)
    return list(await session.scalars(wanted))


async def save_preset(
    session: AsyncSession, module_id: str, name: str, parameters: Mapping[str, Any], at: datetime
) -> None:
    """Puts `parameters` in the place of those that had the name before."""
    row = {"module_id": module_id, "name": name, "parameters": dict(parameters), "updated_at": at}
    await (await session.connection()).execute(_SAVE_PRESET, [row])


async def remove_preset(session: AsyncSession, module_id: str, name: str) -> bool:
    """Whether there was one of that name."""
    named = (ModulePresetRow.module_id == module_id, ModulePresetRow.name == name)
    found = await session.execute(delete(ModulePresetRow).where(*named).returning(ModulePresetRow.name))
    return found.first() is not None


def _put(row: type[Base]) -> Insert:
    """Into the place of the row with the same key."""
    table = cast(Table, row.__table__)
    new = upsert(table)
    changed = {name: new.excluded[name] for name in ("parameters", "updated_at")}
    return new.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)


_SAVE = _put(ModuleSettingsRow)
_SAVE_PRESET = _put(ModulePresetRow)
