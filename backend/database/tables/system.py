"""Figures with a past: as they were measured for a while, thinned as they grow old. Times are epoch seconds."""

from __future__ import annotations

from sqlalchemy import JSON, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base


class SeriesRow(Base):
    """What is measured again and again, and from when to when it was."""

    __tablename__ = "sample_series"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    metric: Mapped[str] = mapped_column(String(200), unique=True)
    first_at: Mapped[int]
    last_at: Mapped[int]


class TickRow(Base):
    """All that was measured at one moment: `figures` is value by id of series. One row, for they come every moment."""

    __tablename__ = "sample_ticks"

    at: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    figures: Mapped[dict[str, float]] = mapped_column(JSON)


class SampleRow(Base):
    """`samples` measurements of one series within `tier` seconds from `at` on."""

    __tablename__ = "samples"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # the key is most of the row: keep it once

    tier: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    series: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    min: Mapped[float]
    avg: Mapped[float]
    max: Mapped[float]
    samples: Mapped[int]
