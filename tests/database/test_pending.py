"""Changes that wait to be written: gathered, hurried, and known to be stored."""

from __future__ import annotations

import asyncio

from backend.database.pending import Pending

LONG = 600.0  # seconds: nobody waits for so long


async def test_with_nothing_to_write_all_is_stored() -> None:
    assert await Pending().stored(0)


async def test_who_wants_it_stored_does_not_wait_for_more_to_gather() -> None:
    pending = Pending()
    pending.mark()
    writer = asyncio.create_task(pending.gathered(LONG))
    wanted = asyncio.create_task(pending.stored(LONG))
    await asyncio.wait_for(writer, 30)
    assert not wanted.done(), "it is gathered, not written"
    pending.settle()
    assert await asyncio.wait_for(wanted, 30)


async def test_what_comes_while_it_is_written_is_not_stored_with_it() -> None:
    pending = Pending()
    pending.mark()
    await pending.gathered(0)
    pending.mark()
    pending.settle()
    assert not await pending.stored(0)
    await asyncio.wait_for(pending.gathered(LONG), 30)
    pending.settle()
    assert await pending.stored(0)


async def test_the_next_change_gathers_again() -> None:
    pending = Pending()
    pending.mark()
    await pending.gathered(0)
    wanted = asyncio.create_task(pending.stored(LONG))
    await asyncio.sleep(0)
    pending.settle()
    assert await wanted
    pending.mark()
    writer = asyncio.create_task(pending.gathered(LONG))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not writer.done()
    writer.cancel()
