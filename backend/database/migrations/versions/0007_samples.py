"""Figures with a past, in the shape that they are kept in now. The table that stood here before was never written to.

Revises 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.drop_table("samples")
    op.create_table(
        "sample_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("metric", sa.String(length=200), nullable=False),
        sa.Column("first_at", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_series")),
        sa.UniqueConstraint("metric", name=op.f("uq_sample_series_metric")),
    )
    op.create_table(
        "sample_ticks",
        sa.Column("at", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_sample_ticks")),
    )
    op.create_table(
        "samples",
        sa.Column("tier", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("series", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("min", sa.Double(), nullable=False),
        sa.Column("avg", sa.Double(), nullable=False),
        sa.Column("max", sa.Double(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tier", "series", "at", name=op.f("pk_samples")),
        sqlite_with_rowid=False,
    )
