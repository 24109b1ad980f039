import asyncio

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


async def test_latest_gives_a_newcomer_the_present_value() -> None:
    latest: Latest[int] = Latest()
    latest.publish(7)
    async for value in latest.follow():
        assert value == 7
        break


async def test_latest_gives_a_slow_follower_the_newest_and_nothing_old() -> None:
    latest: Latest[int] = Latest()
    followed = latest.follow()
    latest.publish(0)
    assert await anext(followed) == 0
    for value in range(1, 100):
        latest.publish(value)
    assert await anext(followed) == 99
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(followed), 0.01)


async def test_latest_knows_whether_anyone_watches() -> None:
    latest: Latest[int] = Latest()
    assert not latest.watched
    followed = latest.follow()
    waiting = asyncio.ensure_future(anext(followed))
    await asyncio.sleep(0)
    assert latest.watched
    latest.publish(1)
    assert await waiting == 1
    await followed.aclose()
    assert not latest.watched
