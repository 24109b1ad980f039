"""The history of the process trees that were held. What is held now, the keeper knows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base


class TreeRow(Base):
    """`pid`, `start` and `boot` together name the root process. `exited_at` is the end of the root, `ended_at` that of
    the whole tree; `stop_rung` is the step of the stop ladder that worked, after `stop_seconds`."""

    __tablename__ = "process_trees"
    __table_args__ = (Index("ix_process_trees_owner", "owner_kind", "owner_id", "launched_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner_kind: Mapped[str] = mapped_column(String(50))
    owner_id: Mapped[str] = mapped_column(String(100))
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    start: Mapped[str] = mapped_column(String(64))
    boot: Mapped[str] = mapped_column(String(64))
    command: Mapped[list[str]] = mapped_column(JSON)
    cwd: Mapped[str] = mapped_column(Text)
    log: Mapped[str] = mapped_column(Text)
    lifetime: Mapped[str] = mapped_column(String(20))
    launched_at: Mapped[datetime]
    exited_at: Mapped[datetime | None]
    exit_code: Mapped[int | None] = mapped_column(BigInteger)  # Windows codes need 32 bits without a sign
    exit_signal: Mapped[int | None]
    ended_at: Mapped[datetime | None]
    stop_rung: Mapped[str | None] = mapped_column(String(50))
    stop_seconds: Mapped[float | None]
