"""Schedules as they are kept now. The table that stood here before was never written to.

Revises 0003.
"""

import sqlalchemy as sa
from alembic import op

from backend.database.base import Time

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.drop_index("ix_schedules_enabled_next_at", "schedules")
    op.drop_table("schedules")
    op.create_table(
        "schedules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("declared", sa.String(length=20)),
        sa.Column("job_type", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("zone", sa.String(length=100)),
        sa.Column("missed", sa.String(length=10), nullable=False),
        sa.Column("jitter", sa.Double(), nullable=False),
        sa.Column("overlap", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("next_at", Time()),
        sa.Column("reckoned_at", Time(), nullable=False),
        sa.Column("last_at", Time()),
        sa.Column("last_run", sa.String(length=200)),
        sa.Column("last_error", sa.Text()),
        sa.Column("created_at", Time(), nullable=False),
        sa.Column("updated_at", Time(), nullable=False),
        sa.CheckConstraint("kind IN ('cron', 'every', 'after', 'files')", name=op.f("ck_schedules_kind")),
        sa.CheckConstraint("missed IN ('skip', 'once')", name=op.f("ck_schedules_missed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        sa.UniqueConstraint("job_type", "subject", "declared", name=op.f("uq_schedules_job_type_subject_declared")),
    )
