"""How runs end with the daemon, in good order: what runs is stopped, what waits goes on waiting."""

from __future__ import annotations

import asyncio
import logging

from backend.services.runs.actor import Actor
from backend.services.runs.happenings import WITH_TREE, Leave

log = logging.getLogger(__name__)

FORCE_LIMIT = 10.0  # seconds after the grace in which force must have worked


async def stop_all(actor: Actor) -> None:
    """Returns when no run has a tree any more, or when force should long have worked. Nothing starts from now on."""
    actor.closing = True
    going = [entry for entry in actor.entries.values() if entry.state.status in WITH_TREE]
    for entry in going:
        actor.post(entry.spec.run_id, Leave())
    longest = max((entry.spec.stop.timeout for entry in going), default=0.0) + FORCE_LIMIT
    try:
        async with asyncio.timeout(longest):
            for entry in going:
                await entry.at_rest.wait()
    except TimeoutError:
        left = [entry.spec.run_id for entry in going if not entry.at_rest.is_set()]
        log.error("some runs could not be ended: %s", left)
