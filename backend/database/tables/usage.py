"""What paid APIs were used for, rolled up by day."""

from __future__ import annotations

from datetime import date as day

from sqlalchemy import Date, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base


class UsageRow(Base):
    """One service on one day (UTC): its calls and what they cost, in US dollars."""

    __tablename__ = "api_usage"
    __table_args__ = (UniqueConstraint("date", "service"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    date: Mapped[day] = mapped_column(Date)
    service: Mapped[str] = mapped_column(String(50))
    calls: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    cost: Mapped[float] = mapped_column(default=0.0, server_default="0")
