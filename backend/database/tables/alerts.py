"""Alerts that fire or have fired, and rules that are silenced."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base, one_of

STATES = ("firing", "resolved")
SEVERITIES = ("info", "warning", "critical")
KINDS = ("metric", "state", "log", "budget", "silence")


class AlertRow(Base):
    """One firing of a rule for a subject. `since` is when the condition began to hold, `told_at` when people were last
    told, null while nobody was. `summary` and `value` are what was last told of it while it fired, `reason` is why it
    was resolved. `digest` is of the rule as it was. The id is given by the daemon, which tells of an alert before it is
    stored."""

    __tablename__ = "alerts"
    __table_args__ = (
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint(one_of("severity", SEVERITIES), name="severity"),
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        Index("ix_alerts_firing", "id", sqlite_where=text("state = 'firing'")),
        Index("ix_alerts_resolved_at_id", "resolved_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rule: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(200))
    service: Mapped[str | None] = mapped_column(String(100))
    severity: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    value: Mapped[float | None]
    unit: Mapped[str | None] = mapped_column(String(20))
    summary: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    since: Mapped[datetime]
    fired_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    silenced_until: Mapped[datetime | None]
    silenced_by: Mapped[str | None] = mapped_column(String(100))
    maintenance: Mapped[str | None] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(String(16))


class SilenceRow(Base):
    """A rule of whose alerts nobody is told until then."""

    __tablename__ = "alert_silences"

    rule: Mapped[str] = mapped_column(String(100), primary_key=True)
    until: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(100))
