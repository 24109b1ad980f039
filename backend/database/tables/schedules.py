"""When jobs are asked for without anybody asking: by the clock, after another job, when files change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base, one_of

KINDS = ("cron", "every", "after", "files")
MISSED = ("skip", "once")


class ScheduleRow(Base):
    """`rule` says when, in the terms of its `kind`; `job_type` and `subject` say what of, `parameters` with what,
    without secrets. `declared` is where the definition of the subject declares it, None where it was made through the
    API.

    `next_at` is the time that comes next, or, of one that waits for something to happen, the time at which that has
    happened and nothing was run yet. `reckoned_at` is when that was worked out.
    """

    __tablename__ = "schedules"
    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint(one_of("missed", MISSED), name="missed"),
        UniqueConstraint("job_type", "subject", "declared"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    declared: Mapped[str | None] = mapped_column(String(20))
    job_type: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(10))
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    zone: Mapped[str | None] = mapped_column(String(100))
    missed: Mapped[str] = mapped_column(String(10))
    jitter: Mapped[float]
    overlap: Mapped[bool] = mapped_column(default=False, server_default=false())
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    paused: Mapped[bool] = mapped_column(default=False, server_default=false())
    next_at: Mapped[datetime | None]
    reckoned_at: Mapped[datetime]
    last_at: Mapped[datetime | None]
    last_run: Mapped[str | None] = mapped_column(String(200))
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
