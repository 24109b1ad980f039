"""Messages for targets: those that wait to be sent, and what became of the others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base, one_of

STATES = ("waiting", "sent", "failed", "dropped")


class DeliveryRow(Base):
    """One message for one target, made of `count` events from `since` to `at`. `event_id` is the id of the first and
    `seq` the place of the last of them; `facts` is what else the message is made of. It is due at `due_at` while it
    waits; `finished_at` is when it was sent or given up, `error` what kept it from being sent the last time."""

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint(one_of("state", STATES), name="state"),
        Index("ix_deliveries_target_id", "target", "id"),
        Index("ix_deliveries_target_state_id", "target", "state", "id"),
        Index("ix_deliveries_state_id", "state", "id"),
        Index("ix_deliveries_seq", "seq"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    target: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    about: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(200))
    phase: Mapped[str] = mapped_column(String(250))
    name: Mapped[str] = mapped_column(String(200))
    severity: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    count: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime]
    at: Mapped[datetime]
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    event_id: Mapped[str] = mapped_column(String(32))
    seq: Mapped[int] = mapped_column(BigInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
