"""What happened, in order. `seq` is given by the journal, never by the database, so that it is known before storing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base


class EventRow(Base):
    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_actor_seq", "actor", "seq"),
        Index("ix_events_area_seq", "area", "seq"),
        Index("ix_events_type_seq", "type", "seq"),
        Index("ix_events_subject_seq", "subject", "seq"),
        Index("ix_events_cause_seq", "cause", "seq", sqlite_where=text("cause IS NOT NULL")),
        Index("ix_events_id", "id"),
    )

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    id: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    area: Mapped[str] = mapped_column(String(50))
    type: Mapped[str] = mapped_column(String(100))
    version: Mapped[int]
    subject: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(20))
    host: Mapped[str] = mapped_column(String(255))
    cause: Mapped[str | None] = mapped_column(String(32))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
