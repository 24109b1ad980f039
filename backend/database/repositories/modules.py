"""Rows of what people have filled in for modules. Parameters must come with their secrets taken out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, delete
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database.engine import upsert
from backend.database.tables.modules import ModuleSettingsRow


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


_TABLE = cast(Table, ModuleSettingsRow.__table__)
_NEW = upsert(_TABLE)
_SAVE = _NEW.on_conflict_do_update(
    index_elements=[_TABLE.c.module_id],
    set_={name: _NEW.excluded[name] for name in ("parameters", "updated_at")},
)
