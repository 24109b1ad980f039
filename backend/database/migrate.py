"""Bringing the file to the shape that this program knows: nothing when it has it already, else a copy, then the steps.

A file from a newer program is refused, never changed. The steps run in one transaction: all or none. A new file gets
the tables as they are declared, at once: what runs the steps takes long to load and stays in memory.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, MetaData
from sqlalchemy.exc import SQLAlchemyError

from backend.database import migrations
from backend.database.engine import (
    DatabaseDamaged,
    DatabaseUnusable,
    check_readable,
    check_references,
    copy_aside,
    open_for_migration,
    read_revision,
    set_aside,
    why_unavailable,
)

log = logging.getLogger(__name__)

READ_AT_START = ("services", "events")
_REVISION = (  # as alembic makes it
    "CREATE TABLE IF NOT EXISTS alembic_version "
    "(version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)


@dataclass(frozen=True)
class Steps:
    """A folder of migrations, the revision that the last of them leads to, and where it is known the tables there."""

    folder: Path
    head: str
    declared: Callable[[], MetaData] | None = None


def _declared() -> MetaData:
    from backend.database.schema import METADATA

    return METADATA


OURS = Steps(Path(migrations.__file__).parent, migrations.HEAD, _declared)


def bring_up(path: Path, steps: Steps, now: datetime) -> None:
    """Make or update the database at `path`. Blocking. Raises `DatabaseUnusable` with what to do."""
    found = read_revision(path)
    if found == steps.head:
        check_readable(path, READ_AT_START)
        return
    if found is None:
        if steps.declared is not None:
            _make(path, steps.declared(), steps.head)
        else:
            _run(path, steps, "Nothing was changed")
        return
    if not found.isdecimal() or int(found) > int(steps.head):
        raise DatabaseUnusable(
            f"{path} was last used by a newer version of this program (its tables are at {found}, this version knows "
            f"up to {steps.head}). Nothing was changed; start the newer version, or set DATABASE_URL to another file"
        )
    copy = copy_aside(path, f"before-{steps.head}.{now:%Y%m%dT%H%M%SZ}")
    log.info("updating the database from %s to %s; a copy is at %s", found, steps.head, copy)
    _run(path, steps, f"Nothing was changed, and a copy is at {copy}")


def bring_up_anyhow(path: Path, steps: Steps, now: datetime) -> Path | None:
    """The same, but a damaged file is moved away and an empty one made; where the damaged one lies now. Blocking."""
    try:
        bring_up(path, steps, now)
    except DatabaseDamaged:
        kept = set_aside(path, f"damaged-{now:%Y%m%dT%H%M%SZ}")
        log.error("%s was damaged and lies at %s now; an empty one takes its place", path, kept)
        bring_up(path, steps, now)
        return kept
    return None


def _make(path: Path, declared: MetaData, head: str) -> None:
    with _changing(path, head, "Nothing was changed") as connection:
        declared.create_all(connection)
        connection.exec_driver_sql(_REVISION)
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (head,))


def _run(path: Path, steps: Steps, comfort: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(steps.folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with _changing(path, steps.head, comfort) as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise DatabaseUnusable(str(error)) from error
        check_references(connection)


@contextmanager
def _changing(path: Path, head: str, comfort: str) -> Iterator[Connection]:
    """One transaction, and words for its failure."""
    engine = open_for_migration(path)
    try:
        with engine.begin() as connection:
            yield connection
    except (SQLAlchemyError, DatabaseUnusable) as error:
        reason = why_unavailable(error) or str(error)
        raise DatabaseUnusable(f"{path} could not be brought to {head}: {reason}. {comfort}") from error
    finally:
        engine.dispose()
