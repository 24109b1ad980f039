"""Crashes of services, and events by who caused them.

Revises 0009.
"""

import sqlalchemy as sa
from alembic import op

from backend.database.base import Time

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("ix_events_actor_seq", "events", ["actor", "seq"])
    op.create_table(
        "crashes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tree", sa.String(length=64), nullable=False),
        sa.Column("service_id", sa.String(length=100), nullable=False),
        sa.Column("at", Time(), nullable=False),
        sa.Column("run_seconds", sa.Double(), nullable=False),
        sa.Column("exit_code", sa.BigInteger()),
        sa.Column("exit_signal", sa.Integer()),
        sa.Column("exit_limit", sa.String(length=50)),
        sa.Column("reason", sa.Text(), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("tail", "machine", "used", "changes")),
        sa.Column("fingerprint", sa.String(length=16), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("first_seen", Time(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crashes")),
        sa.UniqueConstraint("tree", name=op.f("uq_crashes_tree")),
    )
    op.create_index("ix_crashes_service_id_id", "crashes", ["service_id", "id"])
    op.create_index("ix_crashes_fingerprint_id", "crashes", ["fingerprint", "id"])
    op.create_index("ix_crashes_at", "crashes", ["at"])
