"""Runs: what the job of a run has beside what every job has, and what is still to be removed of forgotten ones."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base


class RunRow(Base):
    """`parameters` are those given, without the secret ones, whose names stand in `secrets`. `tree`, `pid` and the exit
    are those of the last attempt, `attempts` has the ones before. `ending` is what it becomes once its tree has ended,
    where that was decided before: `cancelled`, `timed_out`, `interrupted`."""

    __tablename__ = "runs"

    job_id: Mapped[int] = mapped_column(ForeignKey("job_history.id", ondelete="CASCADE"), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(200), unique=True)
    module_name: Mapped[str] = mapped_column(Text)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    secrets: Mapped[list[str]] = mapped_column(JSON)
    attempts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    most_attempts: Mapped[int] = mapped_column(Integer)
    tree: Mapped[str | None] = mapped_column(String(64))
    pid: Mapped[int | None]
    ending: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    exit_code: Mapped[int | None] = mapped_column(BigInteger)  # Windows codes need 32 bits without a sign
    exit_signal: Mapped[int | None]
    seconds: Mapped[float | None]
    cpu_seconds: Mapped[float | None]
    peak_memory: Mapped[int | None] = mapped_column(BigInteger)
    message: Mapped[str | None] = mapped_column(Text)
    items_processed: Mapped[int | None] = mapped_column(BigInteger)
    items_total: Mapped[int | None] = mapped_column(BigInteger)
    metrics: Mapped[dict[str, Any]] = mapped_column(JSON)
    log_lines: Mapped[int | None] = mapped_column(BigInteger)


class RunRemainsRow(Base):
    """A run that is forgotten, and whose folder may still be there."""

    __tablename__ = "run_remains"

    run_id: Mapped[str] = mapped_column(String(200), primary_key=True)
