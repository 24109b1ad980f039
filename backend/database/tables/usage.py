"""What paid APIs were used for: each call, and the sums of each day."""

from __future__ import annotations

from datetime import date as day
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, Index, Integer, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base, one_of

OUTCOMES = ("completed", "failed", "cut", "cancelled", "refused")


class CallRow(Base):
    """One call of a model. The buckets of tokens exclude one another, but `cache_write_1h_tokens` is a part of
    `cache_write_tokens` and `reasoning_tokens` one of `output_tokens`; all are null where nobody told them. `usage` is
    what the provider said, `price` the row by which `cost` (US dollars) was worked out; without one both are null.
    """

    __tablename__ = "api_calls"
    __table_args__ = (
        CheckConstraint(one_of("outcome", OUTCOMES), name="outcome"),
        Index("ix_api_calls_at_id", "at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    provider: Mapped[str] = mapped_column(String(100))
    model: Mapped[str | None] = mapped_column(String(200))
    service: Mapped[str | None] = mapped_column(String(100))
    run_id: Mapped[str | None] = mapped_column(String(200))
    reported: Mapped[bool] = mapped_column(default=False, server_default=false())
    endpoint: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(String(20))
    status: Mapped[int | None] = mapped_column(Integer)
    streamed: Mapped[bool] = mapped_column(default=False, server_default=false())
    input_tokens: Mapped[int | None] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int | None] = mapped_column(BigInteger)
    cache_write_tokens: Mapped[int | None] = mapped_column(BigInteger)
    cache_write_1h_tokens: Mapped[int | None] = mapped_column(BigInteger)
    output_tokens: Mapped[int | None] = mapped_column(BigInteger)
    reasoning_tokens: Mapped[int | None] = mapped_column(BigInteger)
    cost: Mapped[float | None]
    price: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    usage: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    first_byte: Mapped[float | None]
    first_token: Mapped[float | None]
    seconds: Mapped[float | None]


class UsageRow(Base):
    """The calls of one service with one model on one day (UTC), summed up. `cost` is that of the calls whose price is
    known, null while there is none; an empty `service` or `model` stands for one that nobody knows."""

    __tablename__ = "api_usage"
    __table_args__ = (UniqueConstraint("date", "service", "provider", "model"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    date: Mapped[day] = mapped_column(Date)
    service: Mapped[str] = mapped_column(String(100))
    provider: Mapped[str] = mapped_column(String(100))
    model: Mapped[str] = mapped_column(String(200))
    calls: Mapped[int] = mapped_column(BigInteger)
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_write_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[float | None]
    unpriced_calls: Mapped[int] = mapped_column(BigInteger)
    unmetered_calls: Mapped[int] = mapped_column(BigInteger)
    failed_calls: Mapped[int] = mapped_column(BigInteger)
