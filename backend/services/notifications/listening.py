"""Hears of every event once: those of now, and those that the daemon before did not get to.

Where that one ended is told by its newest message; where there never was one, by the last daemon that ended in order:
what it heard it had stored. What came after is heard of now, but for what is old by now: so a message is lost neither
to a kill nor to a database that was away, and nobody is told of last week.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta

from backend.core.bus import Overrun
from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Event
from backend.database.database import Database
from backend.database.history import Live, follow, page
from backend.database.journal import CLOSED, Journal
from backend.database.repositories.events import Filter

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(hours=1)
AGAIN = 1.0  # seconds until the past is asked for again, where the database did not answer


async def listen(
    database: Database, journal: Journal, clock: Clock, last_seq: int, hear: Callable[[Event], None]
) -> None:
    """Calls `hear` with each event after the place `last_seq`, the newest of which there is a message, in order."""
    since: int | None = None
    while True:
        try:
            if since is None:
                since = await _beginning(database, journal, clock, last_seq)
            async with aclosing(follow(database, journal, since)) as news:
                async for one in news:
                    if not isinstance(one, Live):
                        since = one.event.seq
                        _heard(one.event, hear)
        except Overrun:  # what was missed is read
            continue
        except CenterError as error:
            log.debug("what happened is not told to anybody for now: %s", error.detail)  # the database says it itself
            await asyncio.sleep(AGAIN)


async def _beginning(database: Database, journal: Journal, clock: Clock, last_seq: int) -> int:
    """The place after which events are heard of."""
    recent = Filter(start=clock.now() - LOOK_BACK, since=0)
    ended = Filter(types=(CLOSED,))
    oldest, ends = await page(database, journal, recent, 1), await page(database, journal, ended, 1)
    known = last_seq or max((told.event.seq for told in ends.events), default=0)
    return max([known, *(told.event.seq - 1 for told in oldest.events)])


def _heard(event: Event, hear: Callable[[Event], None]) -> None:
    try:
        hear(event)
    except Exception:  # one that is not as it should be keeps nobody from hearing of the next
        log.exception("nobody is told of the event %d, %s", event.seq, event.fact.type)
