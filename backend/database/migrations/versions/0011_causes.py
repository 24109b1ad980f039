"""Events by their ids, and what each led to.

Revises 0010.
"""

from alembic import op
from sqlalchemy import text

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_index("ix_events_id", "events", ["id"])
    op.create_index("ix_events_cause_seq", "events", ["cause", "seq"], sqlite_where=text("cause IS NOT NULL"))
