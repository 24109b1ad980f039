import asyncio

import pytest

from backend.core.tasks import Later, open_tasks


async def test_closing_ends_what_runs_and_waits_for_its_last_words() -> None:
    said: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            said.append("ended")

    async with open_tasks() as tasks:
        tasks.spawn(work(), name="work")
        await asyncio.sleep(0)
    assert said == ["ended"]


async def test_a_task_that_fails_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise RuntimeError("the disk is on fire")

    async with open_tasks() as tasks:
        await asyncio.wait((tasks.spawn(fails(), name="fire watch"),))
        await asyncio.sleep(0)
    assert "background task fire watch failed" in caplog.text
    assert "the disk is on fire" in caplog.text


async def test_a_task_that_ends_well_or_is_cancelled_is_not_reported(caplog: pytest.LogCaptureFixture) -> None:
    async with open_tasks() as tasks:
        await tasks.spawn(asyncio.sleep(0), name="short")
        tasks.spawn(asyncio.Event().wait(), name="long")
        await asyncio.sleep(0)
    assert caplog.text == ""


async def test_closing_also_ends_tasks_that_begin_while_others_end() -> None:
    ended: list[str] = []

    async def late() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("late")

    async with open_tasks() as tasks:

        async def early() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                tasks.spawn(late(), name="late")
                await asyncio.sleep(0)
                ended.append("early")

        tasks.spawn(early(), name="early")
        await asyncio.sleep(0)
    assert ended == ["early", "late"]


async def test_work_for_later_begins_when_it_is_awaited_and_may_be_dropped() -> None:
    begun: list[int] = []

    async def work() -> int:
        begun.append(len(begun))
        return len(begun)

    dropped, awaited = Later(work), Later(work)
    del dropped
    assert not begun
    assert await awaited == 1
    assert await asyncio.ensure_future(awaited) == 2
