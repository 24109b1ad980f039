"""Calls of models, and their sums by day in the shape that they have now. The sums of before were never written to.

Revises 0005.
"""

import sqlalchemy as sa
from alembic import op

from backend.database.base import Time

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.drop_table("api_usage")
    _days()
    _calls()


def _days() -> None:
    counts = (
        *("calls", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"),
        *("unpriced_calls", "unmetered_calls", "failed_calls"),
    )
    op.create_table(
        "api_usage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("service", sa.String(length=100), nullable=False),
        sa.Column("provider", sa.String(length=100), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("cost", sa.Double()),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_usage")),
        sa.UniqueConstraint(
            "date", "service", "provider", "model", name=op.f("uq_api_usage_date_service_provider_model")
        ),
    )


def _calls() -> None:
    tokens = ("input", "cache_read", "cache_write", "cache_write_1h", "output", "reasoning")
    op.create_table(
        "api_calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Time(), nullable=False),
        sa.Column("provider", sa.String(length=100), nullable=False),
        sa.Column("model", sa.String(length=200)),
        sa.Column("service", sa.String(length=100)),
        sa.Column("run_id", sa.String(length=200)),
        sa.Column("reported", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("endpoint", sa.Text()),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("streamed", sa.Boolean(), server_default=sa.false(), nullable=False),
        *(sa.Column(f"{name}_tokens", sa.BigInteger()) for name in tokens),
        sa.Column("cost", sa.Double()),
        sa.Column("price", sa.JSON()),
        sa.Column("usage", sa.JSON()),
        sa.Column("first_byte", sa.Double()),
        sa.Column("first_token", sa.Double()),
        sa.Column("seconds", sa.Double()),
        sa.CheckConstraint(
            "outcome IN ('completed', 'failed', 'cut', 'cancelled', 'refused')", name=op.f("ck_api_calls_outcome")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_calls")),
    )
    op.create_index("ix_api_calls_at_id", "api_calls", ["at", "id"])
