"""When this daemon's predecessor was last there, whichever way it ended: it left figures of its last seconds."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text

from backend.core.errors import Unavailable
from backend.database.database import Database

_NEWEST = text("SELECT max(at) FROM sample_ticks")  # spares every start what declares the tables


async def last_lived(database: Database) -> str | None:
    """ISO 8601, up to a quarter of a minute too early; None where there was none, or the database does not answer."""
    try:
        async with database.read() as session:
            at = await session.scalar(_NEWEST)
    except Unavailable:
        return None
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()
