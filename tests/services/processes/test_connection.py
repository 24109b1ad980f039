"""How requests reach the keeper's socket."""

from __future__ import annotations

import asyncio

from backend.services.processes.connection import Connection
from keeper.protocol import decode


class Sent(asyncio.Transport):
    """What was given to the system, by call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[list[int]] = []
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.calls.append([decode(line)["seq"] for line in bytes(data).splitlines()])

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True


def connect() -> tuple[Connection, Sent]:
    loop, sent, reader = asyncio.get_running_loop(), Sent(), asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    return Connection(reader, asyncio.StreamWriter(sent, protocol, reader, loop)), sent


async def test_of_a_turn_of_the_loop_the_first_request_is_sent_at_once_and_the_others_together() -> None:
    connection, sent = connect()
    for _ in range(4):
        connection.ask("trees")
    assert sent.calls == [[1]]
    await asyncio.sleep(0)
    assert sent.calls == [[1], [2, 3, 4]]
    connection.ask("trees")
    assert sent.calls == [[1], [2, 3, 4], [5]]
    await asyncio.sleep(0)
    connection.ask("trees")
    assert sent.calls[-1] == [6]
    sent.close()


async def test_nothing_is_sent_any_more_once_the_connection_closes() -> None:
    connection, sent = connect()
    for _ in range(2):
        connection.ask("trees")
    sent.close()
    await asyncio.sleep(0)
    assert sent.calls == [[1]]
