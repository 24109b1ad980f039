"""Agents and the files of the knowledge base that are theirs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base


class AgentRow(Base):
    """`level` is the place in the hierarchy, e.g. `L1.1`."""

    __tablename__ = "agents"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    level: Mapped[str] = mapped_column(String(10))
    category: Mapped[str] = mapped_column(String(50))
    created_at: Mapped[datetime]


class KnowledgeFileRow(Base):
    """`agent_id` is null while a file belongs to no agent; `confidence` runs from 0 to 1."""

    __tablename__ = "knowledge_files"
    __table_args__ = (
        CheckConstraint("confidence >= 0 AND confidence <= 1", name="confidence"),
        Index("ix_knowledge_files_agent_id", "agent_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"))
    file_path: Mapped[str] = mapped_column(Text)
    confidence: Mapped[float] = mapped_column(default=0.0, server_default="0")
    created_at: Mapped[datetime]
