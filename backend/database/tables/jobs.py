"""Finite pieces of work of any kind, one row each, and how many there are of each sort."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text
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
        Index("ix_job_history_queued_at", "queued_at"),
        Index("ix_job_history_job_type_status_id", "job_type", "status", "id"),
        Index("ix_job_history_job_type_subject_id", "job_type", "subject", "id"),
        Index("ix_job_history_job_type_subject_status_id", "job_type", "subject", "status", "id"),
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


class JobCountRow(Base):
    """How many jobs of a type and subject are in a state, kept with every change of them, so that nobody need count a
    million rows; `last_at` is when the newest of them was asked for."""

    __tablename__ = "job_counts"

    job_type: Mapped[str] = mapped_column(String(100), primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    status: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[datetime]
