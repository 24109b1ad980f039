"""A thread that looks out: it wakes who waits only for what is there."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from backend.core.lookout import SHARE, Lookout
from tests.database.waiting import until

NAME = "lookout of a test"


def looking() -> bool:
    return any(thread.name == NAME for thread in threading.enumerate())


async def test_who_waits_is_woken_by_what_is_there_and_by_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    woken: list[object] = []
    loop = asyncio.get_running_loop()
    wake = loop.call_soon_threadsafe

    def counted(callback: Callable[..., object], *arguments: Any, **options: Any) -> asyncio.Handle:
        woken.append(callback)
        return wake(callback, *arguments, **options)

    monkeypatch.setattr(loop, "call_soon_threadsafe", counted)

    def is_there() -> bool:
        looks.append(threading.current_thread().name)
        return len(looks) == 5

    async with asyncio.timeout(60):
        await Lookout(is_there, every=0.001, name=NAME).wait()
    assert looks == [NAME] * 5
    assert len(woken) == 1
    await until(lambda: not looking())


async def test_who_is_in_a_hurry_does_not_wait_for_the_next_look() -> None:
    there = False
    lookout = Lookout(lambda: there, every=3600.0, name=NAME)
    waiting = asyncio.ensure_future(lookout.wait())
    await until(looking)
    there = True
    lookout.hurry()
    async with asyncio.timeout(60):
        await waiting


async def test_a_hurry_before_anyone_waits_is_not_lost() -> None:
    lookout = Lookout(lambda: True, every=3600.0, name=NAME)
    lookout.hurry()
    async with asyncio.timeout(60):
        await lookout.wait()


async def test_a_hurry_for_nothing_is_no_news() -> None:
    looks: list[str] = []

    def is_there() -> bool:
        looks.append("looked")
        return False

    lookout = Lookout(is_there, every=3600.0, name=NAME)
    waiting = asyncio.ensure_future(lookout.wait())
    lookout.hurry()
    await until(lambda: len(looks) == 1)
    lookout.hurry()
    await until(lambda: len(looks) == 2)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait((waiting,))


async def test_nobody_looks_for_one_who_does_not_wait_any_more() -> None:
    waiting = asyncio.ensure_future(Lookout(lambda: False, every=3600.0, name=NAME).wait())
    await until(looking)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until(lambda: not looking())


async def test_a_look_that_fails_is_heard_by_who_waits() -> None:
    def is_there() -> bool:
        raise PermissionError("not for you")

    with pytest.raises(PermissionError, match="not for you"):
        await Lookout(is_there, every=0.001, name=NAME).wait()


async def test_looks_that_take_long_are_seldom() -> None:
    looks: list[tuple[float, float]] = []

    def is_there() -> bool:
        begun = time.monotonic()
        time.sleep(0.005)
        looks.append((begun, time.monotonic()))
        return len(looks) == 3

    async with asyncio.timeout(60):
        await Lookout(is_there, every=0.001, name=NAME).wait()
    for (begun, ended), (after, _) in pairwise(looks):
        assert after - ended >= SHARE * (ended - begun)
