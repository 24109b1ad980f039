"""Schedules that ask for jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text, true
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base


class ScheduleRow(Base):
    """`rule` says when, `job_type` and `subject` say what of, `parameters` with what."""

    __tablename__ = "schedules"
    __table_args__ = (Index("ix_schedules_enabled_next_at", "enabled", "next_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    job_type: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str | None] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(String(200))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    enabled: Mapped[bool] = mapped_column(default=True, server_default=true())
    last_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
