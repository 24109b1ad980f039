"""What is fetched of creators, and when. Agents and files have their tables in the index of the knowledge base.

Revises 0004.
"""

import sqlalchemy as sa
from alembic import op

from backend.database.base import Time

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.drop_index("ix_knowledge_files_agent_id", "knowledge_files")
    op.drop_table("knowledge_files")
    op.drop_table("agents")
    op.create_table(
        "knowledge_creators",
        sa.Column("creator_id", sa.String(length=200), nullable=False),
        sa.Column("since", Time(), nullable=False),
        sa.Column("fetched_at", Time()),
        sa.Column("tried_at", Time()),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("creator_id", name=op.f("pk_knowledge_creators")),
    )
    op.create_table(
        "knowledge_fetches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=200), nullable=False),
        sa.Column("creator_id", sa.String(length=200), nullable=False),
        sa.Column("priority", sa.String(length=20)),
        sa.Column("requested_by", sa.String(length=100), nullable=False),
        sa.Column("queued_at", Time(), nullable=False),
        sa.Column("completed_at", Time()),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("videos_processed", sa.Integer()),
        sa.Column("insights_extracted", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_fetches")),
        sa.UniqueConstraint("run_id", name=op.f("uq_knowledge_fetches_run_id")),
    )
    op.create_index("ix_knowledge_fetches_creator_id_id", "knowledge_fetches", ["creator_id", "id"])
    op.create_index("ix_knowledge_fetches_status", "knowledge_fetches", ["status"])
