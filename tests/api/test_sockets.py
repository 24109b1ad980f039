"""How the newest of something reaches clients that read, that do not, and that are gone: on a real server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest
import uvicorn
from fastapi import FastAPI, WebSocket
from websockets.asyncio.client import ClientConnection, connect

from backend.api.sockets import GOING_AWAY, serve_latest
from backend.core.bus import Latest
from tests.database.waiting import until

SIZE = 10_000


class Served:
    def __init__(self) -> None:
        self.latest: Latest[str] = Latest()
        self.closing = asyncio.Event()
        self.ended: list[BaseException | None] = []
        self.app = FastAPI()
        self.app.state.center = SimpleNamespace(closing=self.closing)
        self.app.add_api_websocket_route("/ws", self._serve)
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))

    async def _serve(self, websocket: WebSocket) -> None:
        try:
            await serve_latest(websocket, self.latest)
        except BaseException as error:
            self.ended.append(error)
            raise
        self.ended.append(None)

    def publish(self, number: int) -> None:
        self.latest.publish(f"{number:0{SIZE}}")

    def connect(self) -> connect:
        return connect(f"ws://127.0.0.1:{self.socket.getsockname()[1]}/ws", max_queue=1, compression=None)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    one = Served()
    config = uvicorn.Config(
        one.app, ws="websockets-sansio", ws_per_message_deflate=False, lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[one.socket]))
    await until(lambda: server.started)
    yield one
    server.should_exit = True
    await serving


async def number(client: ClientConnection) -> int:
    return int(str(await asyncio.wait_for(client.recv(), 30)).lstrip("0") or "0")


async def test_everybody_who_reads_gets_each_one(served: Served) -> None:
    served.publish(0)
    async with served.connect() as one, served.connect() as other:
        assert [await number(one), await number(other)] == [0, 0]
        for value in range(1, 20):
            served.publish(value)
            assert [await number(one), await number(other)] == [value, value]


async def test_who_does_not_read_holds_up_nobody_and_gets_the_newest_once_it_does(served: Served) -> None:
    async with served.connect() as slow, served.connect() as ready:
        await until(lambda: served.latest.watched)
        served.publish(0)
        assert await number(ready) == 0
        count = 3000  # 30 MB: far more than what the system keeps for one who does not read
        for value in range(1, count):
            served.publish(value)
            assert await number(ready) == value
        got = [await number(slow)]
        while got[-1] != count - 1:
            got.append(await number(slow))
        assert got == sorted(set(got))
        assert len(got) < count / 2
        served.publish(count)
        assert [await number(slow), await number(ready)] == [count, count]


async def test_one_who_is_gone_without_a_word_ends_alone(served: Served) -> None:
    async with served.connect() as ready:
        gone = await served.connect()
        served.publish(0)
        assert [await number(gone), await number(ready)] == [0, 0]
        gone.transport.abort()
        value = 0
        while not served.ended:
            value += 1
            served.publish(value)
            assert await number(ready) == value
        assert served.ended == [None]


async def test_one_who_is_gone_while_it_did_not_read_leaves_nothing_behind(served: Served) -> None:
    async with served.connect() as gone:
        await until(lambda: served.latest.watched)
        for value in range(3000):
            served.publish(value)
            await asyncio.sleep(0)
        gone.transport.abort()
    await until(lambda: served.ended)
    assert served.ended == [None]
    assert not served.latest.watched
    assert not [task for task in asyncio.all_tasks() if "_catch_up" in repr(task.get_coro())]


async def test_a_daemon_that_stops_says_so_to_each(served: Served) -> None:
    async with served.connect() as one, served.connect() as other:
        served.publish(0)
        assert [await number(one), await number(other)] == [0, 0]
        served.closing.set()
        for client in (one, other):
            await asyncio.wait_for(client.wait_closed(), 30)
            assert client.close_code == GOING_AWAY
    await until(lambda: len(served.ended) == 2)
    assert served.ended == [None, None]
