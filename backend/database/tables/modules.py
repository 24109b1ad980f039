"""What people have filled in for modules. The modules themselves stand in files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base


class ModuleSettingsRow(Base):
    """`parameters` are those last saved, without the secret ones; `updated_at` is when that was."""

    __tablename__ = "module_settings"

    module_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_at: Mapped[datetime]


class ModulePresetRow(Base):
    """Values that somebody has given a `name`, without the secret ones."""

    __tablename__ = "module_presets"

    module_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_at: Mapped[datetime]
