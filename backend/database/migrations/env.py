"""Alembic's entry: the connection and its transaction come from `backend.database.migrate`."""

from alembic import context

from backend.database.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
