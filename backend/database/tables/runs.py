"""Jobs of any kind, one row each, and the schedules that ask for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String, Text, true
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base, one_of

STATES = ("queued", "starting", "running", "completed", "failed", "cancelled", "timed_out", "interrupted")


class JobRow(Base):
    """`parent_id` is the job that asked for this one; `subject` is what it works on; `progress` runs from 0 to 1."""

    __tablename__ = "job_history"
    __table_args__ = (
        CheckConstraint(one_of("status", STATES), name="status"),
        CheckConstraint("progress >= 0 AND progress <= 1", name="progress"),
        Index("ix_job_history_status_id", "status", "id"),
        Index("ix_job_history_job_type_id", "job_type", "id"),
        Index("ix_job_history_subject_id", "subject", "id"),
        Index("ix_job_history_parent_id", "parent_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_type: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str | None] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("job_history.id", ondelete="SET NULL"))
    requested_by: Mapped[str] = mapped_column(String(100), default="local", server_default="local")
    host: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(20))
    attempt: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    priority: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    queued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    progress: Mapped[float | None]
    result: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)


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
