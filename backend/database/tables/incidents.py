"""Crashes of services: one row for each end that nobody wanted, with all that was known at that moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base


class CrashRow(Base):
    """`tail` is the last lines, `machine` and `used` are figures by name, `changes` what else had changed, all without
    secrets. `seen` counts the crashes of the same fingerprint up to this one, `first_seen` is when the first was."""

    __tablename__ = "crashes"
    __table_args__ = (
        Index("ix_crashes_service_id_id", "service_id", "id"),
        Index("ix_crashes_fingerprint_id", "fingerprint", "id"),
        Index("ix_crashes_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tree: Mapped[str] = mapped_column(String(64), unique=True)
    service_id: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]
    run_seconds: Mapped[float]
    exit_code: Mapped[int | None] = mapped_column(BigInteger)  # Windows codes need 32 bits without a sign
    exit_signal: Mapped[int | None]
    exit_limit: Mapped[str | None] = mapped_column(String(50))
    reason: Mapped[str] = mapped_column(Text)
    tail: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    machine: Mapped[dict[str, float]] = mapped_column(JSON)
    used: Mapped[dict[str, float]] = mapped_column(JSON)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    fingerprint: Mapped[str] = mapped_column(String(16))
    seen: Mapped[int] = mapped_column(Integer)
    first_seen: Mapped[datetime]
