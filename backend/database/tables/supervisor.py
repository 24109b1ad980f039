"""Services: what is wanted of each, and what was last known of it. What is true now, the supervisor knows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base, one_of

STATUSES = ("stopped", "waiting", "starting", "running", "stopping", "backoff", "exited", "failed")
HEALTHS = ("none", "starting", "healthy", "unhealthy")


class ServiceRow(Base):
    """`id` is the key of the definition, `name` what people read; `tree` is the process tree last launched for it."""

    __tablename__ = "services"
    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint(one_of("health", HEALTHS), name="health"),
        CheckConstraint(one_of("wanted", ("up", "down")), name="wanted"),
    )

    host: Mapped[str] = mapped_column(String(255), primary_key=True)
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(Text)
    command: Mapped[list[str]] = mapped_column(JSON)
    cwd: Mapped[str | None] = mapped_column(Text)
    port: Mapped[int | None]
    is_system: Mapped[bool] = mapped_column(default=False, server_default=false())
    wanted: Mapped[str] = mapped_column(String(10), default="down", server_default="down")
    status: Mapped[str] = mapped_column(String(20), default="stopped", server_default="stopped")
    health: Mapped[str] = mapped_column(String(20), default="none", server_default="none")
    tree: Mapped[str | None] = mapped_column(String(64))
    pid: Mapped[int | None]
    restarts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    started_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    exit_code: Mapped[int | None] = mapped_column(BigInteger)  # Windows codes need 32 bits without a sign
    exit_signal: Mapped[int | None]
    exited_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
