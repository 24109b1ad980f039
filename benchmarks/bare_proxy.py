"""The least that asyncio allows between a client and a server: bytes that are read are written, nothing is understood.

    python -m benchmarks.bare_proxy SERVER_PORT

prints the port on which it listens. What it loses is what any way through one more process loses on this machine.
"""

from __future__ import annotations

import asyncio
import sys


class Side(asyncio.Protocol):
    """One of two ends; what comes from it goes to `other`, no faster than that takes it."""

    def __init__(self, other: Side | None = None) -> None:
        self.other = other
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if (over := self._over()) is not None:
            over.write(data)

    def pause_writing(self) -> None:
        if (over := self._over()) is not None:
            over.pause_reading()

    def resume_writing(self) -> None:
        if (over := self._over()) is not None:
            over.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if (over := self._over()) is not None:
            over.close()

    def _over(self) -> asyncio.Transport | None:
        return None if self.other is None else self.other.transport


class Client(Side):
    """Heard once the server is there."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self._reaching: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert self.transport is not None
        self.transport.pause_reading()
        self._reaching = asyncio.ensure_future(self._reach(self.transport))

    async def _reach(self, transport: asyncio.Transport) -> None:
        _, self.other = await asyncio.get_running_loop().create_connection(lambda: Side(self), "127.0.0.1", self._port)
        transport.resume_reading()


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Client(port), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
