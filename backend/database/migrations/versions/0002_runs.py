"""Runs, beside the jobs that they are; how many jobs there are of each sort; indexes for pages by several filters
and for the jobs of a time.

Revises 0001.
"""

import sqlalchemy as sa
from alembic import op

from backend.database.base import Time

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=200), nullable=False),
        sa.Column("module_name", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("secrets", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.JSON(), nullable=False),
        sa.Column("most_attempts", sa.Integer(), nullable=False),
        sa.Column("tree", sa.String(length=64)),
        sa.Column("pid", sa.Integer()),
        sa.Column("ending", sa.String(length=20)),
        sa.Column("reason", sa.Text()),
        sa.Column("exit_code", sa.BigInteger()),
        sa.Column("exit_signal", sa.Integer()),
        sa.Column("seconds", sa.Double()),
        sa.Column("cpu_seconds", sa.Double()),
        sa.Column("peak_memory", sa.BigInteger()),
        sa.Column("message", sa.Text()),
        sa.Column("items_processed", sa.BigInteger()),
        sa.Column("items_total", sa.BigInteger()),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("log_lines", sa.BigInteger()),
        sa.ForeignKeyConstraint(["job_id"], ["job_history.id"], name=op.f("fk_runs_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_runs")),
        sa.UniqueConstraint("run_id", name=op.f("uq_runs_run_id")),
    )
    op.create_table(
        "run_remains",
        sa.Column("run_id", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_remains")),
    )
    op.create_table(
        "job_counts",
        sa.Column("job_type", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_at", Time(), nullable=False),
        sa.PrimaryKeyConstraint("job_type", "subject", "status", name=op.f("pk_job_counts")),
    )
    for columns in (["job_type", "status"], ["job_type", "subject"], ["job_type", "subject", "status"]):
        op.create_index(f"ix_job_history_{'_'.join(columns)}_id", "job_history", [*columns, "id"])
    op.create_index("ix_job_history_queued_at", "job_history", ["queued_at"])
