"""Serves one center until it is asked to leave: the socket, and the order in which things end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from fastapi import FastAPI

from backend.admission import admitting
from backend.center import Center
from backend.core.clock import until_beat
from backend.core.events import Fact
from backend.leaving import Leaving

LAST_REQUESTS = 2  # seconds that open requests get once all services are down
AT_ONCE = 16  # clients accepted in one turn of the loop, between which those too many are hung up on
WAITING = 2048  # clients that may wait to be accepted


class Server(uvicorn.Server):
    """Signals are ours: streams and services end before the server does. And it wakes once a second, for the date that
    answers carry, not ten times to see whether it shall end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._finishing = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(until_beat(1.0)):
                    await self._finishing.wait()

    def finish(self) -> None:
        self.should_exit = True
        self._finishing.set()


def server_for(app: FastAPI, tell: Callable[[Fact], object] = lambda fact: None) -> Server:
    """httptools on the plain asyncio loop (uvloop makes every spawn a fork); WebSockets without compression."""
    return Server(
        uvicorn.Config(
            app,
            http=admitting(tell),
            loop="asyncio",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=LAST_REQUESTS,
            backlog=AT_ONCE,
        )
    )


async def serve(
    center: Center, server: Server, listener: socket.socket, on_ready: Callable[[], Awaitable[None]], leaving: Leaving
) -> None:
    """Returns when everything has ended in order: streams, services, the server."""
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    asked = asyncio.ensure_future(center.leave.wait())
    while not server.started and not serving.done():  # noqa: ASYNC110  # the server has no event for it
        await asyncio.sleep(0.001)
    listener.listen(WAITING)  # the server has set it to what it accepts at once
    if not center.leave.is_set():  # by a signal during the start
        await on_ready()
    await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    center.closing.set()
    center.journal.tell(Fact("daemon", "daemon.stopping"))
    await _stop_everything(center, leaving.grace_cap)
    server.finish()
    await serving


async def _stop_everything(center: Center, grace_cap: float | None) -> None:
    """Runs before the services, which they may need to end well; where the time is short, both at once."""
    if grace_cap is None:
        await center.runs.close()
        await center.supervisor.close()
    else:
        await asyncio.gather(center.runs.close(grace_cap), center.supervisor.close(grace_cap))
