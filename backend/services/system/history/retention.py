"""The `samples` entry of the `retention` section, and what becomes of figures that are older than it says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.services.system.history.points import HOUR
from backend.services.system.history.store import Store

log = logging.getLogger(__name__)

KEEP = 365 * 86400.0  # seconds
FIRST = 90.0  # seconds from the start, which has other things to do
EVERY = 3600.0  # seconds


async def keep_forgetting(store: Store, keep: Callable[[], float | None], clock: Clock) -> None:
    """Until cancelled. `keep` says for how many seconds figures are kept; None where nothing is said."""
    await asyncio.sleep(FIRST)
    while True:
        age = keep()
        try:
            gone = await store.forget(KEEP if age is None else max(age, HOUR), int(clock.now().timestamp()))
        except CenterError as error:
            log.warning("old figures stay for now: %s", error.detail)
        else:
            log.debug("forgot %d old figures", gone)
        await asyncio.sleep(EVERY)
