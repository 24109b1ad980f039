"""Bringing the file to the shape that this program knows: nothing when it has it already, else a copy, then the steps.

A file from a newer program is refused, never changed. The steps run in one transaction: all or none.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

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


@dataclass(frozen=True)
class Steps:
    """A folder of migrations and the revision that the last of them leads to."""

    folder: Path
    head: str


OURS = Steps(Path(migrations.__file__).parent, migrations.HEAD)


def bring_up(path: Path, steps: Steps, now: datetime) -> None:
    """Make or update the database at `path`. Blocking. Raises `DatabaseUnusable` with what to do."""
    found = read_revision(path)
    if found == steps.head:
        check_readable(path, READ_AT_START)
        return
    if found is None:
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


def _run(path: Path, steps: Steps, comfort: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(steps.folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    engine = open_for_migration(path)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            check_references(connection)
    except (SQLAlchemyError, CommandError, DatabaseUnusable) as error:
        reason = why_unavailable(error) or str(error)
        raise DatabaseUnusable(f"{path} could not be brought to {steps.head}: {reason}. {comfort}") from error
    finally:
        engine.dispose()
