import asyncio
from contextlib import ExitStack

import pytest

from backend.core.bus import Bus, Latest, Overrun


async def test_every_subscriber_gets_every_item_in_order() -> None:
    bus: Bus[int] = Bus()
    with bus.subscribe() as one, bus.subscribe() as other:
        for item in range(5):
            bus.publish(item)
        assert await one.take() == [0, 1, 2, 3, 4]
        assert await other.take() == [0, 1, 2, 3, 4]


async def test_taking_waits_for_the_next_item() -> None:
    bus: Bus[str] = Bus()
    with bus.subscribe() as subscription:
        taking = asyncio.ensure_future(subscription.take())
        await asyncio.sleep(0)
        assert not taking.done()
        bus.publish("news")
        assert await taking == ["news"]


async def test_a_subscriber_that_overruns_its_room_is_told_so_and_the_others_lose_nothing() -> None:
    bus: Bus[int] = Bus()
    with bus.subscribe(room=2) as slow, bus.subscribe(room=10) as ready:
        for item in range(3):
            bus.publish(item)
        with pytest.raises(Overrun):
            await slow.take()
        assert await ready.take() == [0, 1, 2]


async def test_an_overrun_subscription_stays_closed() -> None:
    bus: Bus[int] = Bus()
    with bus.subscribe(room=1) as slow:
        bus.publish(1)
        bus.publish(2)
        with pytest.raises(Overrun):
            await slow.take()
        bus.publish(3)
        with pytest.raises(Overrun):
            await slow.take()


async def test_one_who_has_left_gets_nothing() -> None:
    bus: Bus[int] = Bus()
    with bus.subscribe() as gone:
        pass
    bus.publish(1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(gone.take(), 0.01)


def test_latest_tells_a_newcomer_the_present_value_and_then_each_new_one() -> None:
    latest, told = Latest[int](), list[int]()
    latest.publish(7)
    with latest.told_to(told.append):
        assert told == [7]
        latest.publish(8)
    latest.publish(9)
    assert told == [7, 8]
    assert latest.value == 9


def test_one_who_leaves_while_all_are_told_disturbs_nobody() -> None:
    latest, told = Latest[int](), list[int]()
    with ExitStack() as leaving, latest.told_to(told.append):
        leaving.enter_context(latest.told_to(lambda value: leaving.close()))
        latest.publish(1)
        latest.publish(2)
    assert told == [1, 2]


def test_latest_knows_whether_anyone_watches_and_says_so_when_somebody_comes() -> None:
    came: list[bool] = []
    latest: Latest[int] = Latest(lambda: came.append(latest.watched))
    assert not latest.watched
    with latest.told_to(lambda value: None):
        assert latest.watched
    assert not latest.watched
    assert came == [False]
