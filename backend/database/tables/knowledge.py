"""What is fetched of creators of the knowledge base. Files have their tables in the index, which can be made again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base


class CreatorRow(Base):
    """When a creator was first seen, last fetched with success, and last tried; `failures` are those since then."""

    __tablename__ = "knowledge_creators"

    creator_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    since: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class FetchRow(Base):
    """A run that fetches from one creator. `status` is the run's; the counts are read from its log when it ends."""

    __tablename__ = "knowledge_fetches"
    __table_args__ = (
        Index("ix_knowledge_fetches_creator_id_id", "creator_id", "id"),
        Index("ix_knowledge_fetches_status", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(String(200), unique=True)
    creator_id: Mapped[str] = mapped_column(String(200))
    priority: Mapped[str | None] = mapped_column(String(20))
    requested_by: Mapped[str] = mapped_column(String(100))
    queued_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(20))
    videos_processed: Mapped[int | None]
    insights_extracted: Mapped[int | None]
