"""Measurements with a past, thinned as they grow old."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base


class SampleRow(Base):
    """`count` measurements of one series within `tier` seconds from `at` on."""

    __tablename__ = "samples"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # the key is most of the row: keep it once

    series: Mapped[str] = mapped_column(String(100), primary_key=True)
    tier: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    min: Mapped[float]
    avg: Mapped[float]
    max: Mapped[float]
    count: Mapped[int]
