"""Alerts that fire or have fired, and rules that are silenced.

Revises 0007.
"""

import sqlalchemy as sa
from alembic import op

from backend.database.base import Time

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("service", sa.String(length=100)),
        sa.Column("severity", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("unit", sa.String(length=20)),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("since", Time(), nullable=False),
        sa.Column("fired_at", Time(), nullable=False),
        sa.Column("resolved_at", Time()),
        sa.Column("told_at", Time()),
        sa.Column("silenced_until", Time()),
        sa.Column("silenced_by", sa.String(length=100)),
        sa.Column("maintenance", sa.String(length=100)),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.CheckConstraint("state IN ('firing', 'resolved')", name=op.f("ck_alerts_state")),
        sa.CheckConstraint("severity IN ('info', 'warning', 'critical')", name=op.f("ck_alerts_severity")),
        sa.CheckConstraint("kind IN ('metric', 'state', 'log', 'budget', 'silence')", name=op.f("ck_alerts_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    firing = sa.text("state = 'firing'")
    op.create_index("ix_alerts_firing", "alerts", ["id"], sqlite_where=firing)
    op.create_index("ix_alerts_resolved_at_id", "alerts", ["resolved_at", "id"])
    op.create_table(
        "alert_silences",
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("until", Time(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_alert_silences")),
    )
