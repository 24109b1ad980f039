"""The first tables.

Revises nothing. What stands here is history: it says how the tables began, not how they are.
"""

import sqlalchemy as sa
from alembic import op

from backend.database.base import Time

revision = "0001"
down_revision = None


def upgrade() -> None:
    _events()
    _supervisor()
    _processes()
    _leases()
    _runs()
    _knowledge()
    _usage()
    _system()


def _events() -> None:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "events",
        sa.Column("seq", whole, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", Time(), nullable=False),
        sa.Column("area", sa.String(length=50), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("actor", sa.String(length=20), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("cause", sa.String(length=32)),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
    )
    op.create_index("ix_events_area_seq", "events", ["area", "seq"])
    op.create_index("ix_events_subject_seq", "events", ["subject", "seq"])
    op.create_index("ix_events_type_seq", "events", ["type", "seq"])


def _supervisor() -> None:
    op.create_table(
        "services",
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("command", sa.JSON(), nullable=False),
        sa.Column("cwd", sa.Text()),
        sa.Column("port", sa.Integer()),
        sa.Column("is_system", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("wanted", sa.String(length=10), server_default="down", nullable=False),
        sa.Column("status", sa.String(length=20), server_default="stopped", nullable=False),
        sa.Column("health", sa.String(length=20), server_default="none", nullable=False),
        sa.Column("tree", sa.String(length=64)),
        sa.Column("pid", sa.Integer()),
        sa.Column("restarts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("started_at", Time()),
        sa.Column("stopped_at", Time()),
        sa.Column("exit_code", sa.BigInteger()),
        sa.Column("exit_signal", sa.Integer()),
        sa.Column("exited_at", Time()),
        sa.Column("created_at", Time(), nullable=False),
        sa.Column("updated_at", Time(), nullable=False),
        sa.CheckConstraint("health IN ('none', 'starting', 'healthy', 'unhealthy')", name=op.f("ck_services_health")),
        sa.CheckConstraint(
            "status IN ('stopped', 'waiting', 'starting', 'running', 'stopping', 'backoff', 'exited', 'failed')",
            name=op.f("ck_services_status"),
        ),
        sa.CheckConstraint("wanted IN ('up', 'down')", name=op.f("ck_services_wanted")),
        sa.PrimaryKeyConstraint("host", "id", name=op.f("pk_services")),
    )


def _processes() -> None:
    op.create_table(
        "process_trees",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner_kind", sa.String(length=50), nullable=False),
        sa.Column("owner_id", sa.String(length=100), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("start", sa.String(length=64), nullable=False),
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.Column("command", sa.JSON(), nullable=False),
        sa.Column("cwd", sa.Text(), nullable=False),
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("lifetime", sa.String(length=20), nullable=False),
        sa.Column("launched_at", Time(), nullable=False),
        sa.Column("exited_at", Time()),
        sa.Column("exit_code", sa.BigInteger()),
        sa.Column("exit_signal", sa.Integer()),
        sa.Column("ended_at", Time()),
        sa.Column("stop_rung", sa.String(length=50)),
        sa.Column("stop_seconds", sa.Double()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_trees")),
    )
    op.create_index("ix_process_trees_owner", "process_trees", ["owner_kind", "owner_id", "launched_at"])


def _leases() -> None:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "leases",
        sa.Column("resource", sa.String(length=200), nullable=False),
        sa.Column("holder", sa.String(length=200)),
        sa.Column("fencing", whole, nullable=False),
        sa.Column("since", Time()),
        sa.Column("renewed", Time()),
        sa.Column("expires", Time()),
        sa.PrimaryKeyConstraint("resource", name=op.f("pk_leases")),
    )
    op.create_index("ix_leases_holder", "leases", ["holder"])


def _runs() -> None:
    op.create_table(
        "job_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_type", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("parent_id", sa.Integer()),
        sa.Column("requested_by", sa.String(length=100), server_default="local", nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("queued_at", Time(), nullable=False),
        sa.Column("started_at", Time()),
        sa.Column("completed_at", Time()),
        sa.Column("progress", sa.Double()),
        sa.Column("result", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.CheckConstraint(
            "status IN ('queued', 'starting', 'running', 'completed', 'failed', 'cancelled', 'timed_out', "
            "'interrupted')",
            name=op.f("ck_job_history_status"),
        ),
        sa.CheckConstraint("progress >= 0 AND progress <= 1", name=op.f("ck_job_history_progress")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["job_history.id"], name=op.f("fk_job_history_parent_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_history")),
    )
    op.create_index("ix_job_history_job_type_id", "job_history", ["job_type", "id"])
    op.create_index("ix_job_history_parent_id", "job_history", ["parent_id"])
    op.create_index("ix_job_history_status_id", "job_history", ["status", "id"])
    op.create_index("ix_job_history_subject_id", "job_history", ["subject", "id"])
    op.create_table(
        "schedules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("job_type", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("last_at", Time()),
        sa.Column("next_at", Time()),
        sa.Column("created_at", Time(), nullable=False),
        sa.Column("updated_at", Time(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        sa.UniqueConstraint("name", name=op.f("uq_schedules_name")),
    )
    op.create_index("ix_schedules_enabled_next_at", "schedules", ["enabled", "next_at"])


def _knowledge() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("category", sa.String(length=50), nullable=False),
        sa.Column("created_at", Time(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sa.UniqueConstraint("name", name=op.f("uq_agents_name")),
    )
    op.create_table(
        "knowledge_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer()),
        sa.Column("file_path", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), server_default="0", nullable=False),
        sa.Column("created_at", Time(), nullable=False),
        sa.CheckConstraint("confidence >= 0 AND confidence <= 1", name=op.f("ck_knowledge_files_confidence")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_knowledge_files_agent_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_files")),
    )
    op.create_index("ix_knowledge_files_agent_id", "knowledge_files", ["agent_id"])


def _usage() -> None:
    op.create_table(
        "api_usage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("service", sa.String(length=50), nullable=False),
        sa.Column("calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cost", sa.Double(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_usage")),
        sa.UniqueConstraint("date", "service", name=op.f("uq_api_usage_date_service")),
    )


def _system() -> None:
    op.create_table(
        "samples",
        sa.Column("series", sa.String(length=100), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("at", Time(), nullable=False),
        sa.Column("min", sa.Double(), nullable=False),
        sa.Column("avg", sa.Double(), nullable=False),
        sa.Column("max", sa.Double(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "tier", "at", name=op.f("pk_samples")),
        sqlite_with_rowid=False,
    )
