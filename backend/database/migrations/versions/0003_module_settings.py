"""What people have filled in for modules: last, and under names.

Revises 0002.
"""

import sqlalchemy as sa
from alembic import op

from backend.database.base import Time

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "module_settings",
        sa.Column("module_id", sa.String(length=100), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("updated_at", Time(), nullable=False),
        sa.PrimaryKeyConstraint("module_id", name=op.f("pk_module_settings")),
    )
    op.create_table(
        "module_presets",
        sa.Column("module_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("updated_at", Time(), nullable=False),
        sa.PrimaryKeyConstraint("module_id", "name", name=op.f("pk_module_presets")),
    )
