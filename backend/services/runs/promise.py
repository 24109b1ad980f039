"""The answer to who asks for a run is a promise: by then somebody else than this process knows of it.

Even a daemon and a keeper that die at once lose no run that was promised.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from backend.services.runs.actor import Actor
from backend.services.runs.entry import Entry
from backend.services.runs.errors import NotKept
from backend.services.runs.happenings import Cancel
from backend.services.runs.recorder import Recorder

BEGUN = 0.1  # seconds that an answer waits for the process, where the run starts at once
STORED = 0.25  # seconds that an answer waits for its record
KEPT = 10.0  # seconds that it waits where nobody else knows of the run yet
REFUSED = "it was refused, for the database did not answer"


async def promise(entry: Entry, actor: Actor, recorder: Recorder) -> None:
    """Returns when its row is stored. The process has the first turn; where the database does not answer, that the
    keeper holds it will do. Raises `NotKept` where neither can be had."""
    if actor.starts_at_once(entry.spec.run_id):
        with suppress(TimeoutError):
            await asyncio.wait_for(entry.begun.wait(), BEGUN)
    if await recorder.stored(STORED) or entry.held.is_set():
        return
    await recorder.stored(KEPT)
    if entry.stored is None and not entry.held.is_set():
        actor.post(entry.spec.run_id, Cancel(REFUSED))
        raise NotKept("The database does not answer, so a run that must wait could be lost. Ask again later.")
