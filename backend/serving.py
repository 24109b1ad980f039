"""Serves one center until it is asked to leave: the socket, the signals, and the order in which things end."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial

import uvicorn
from fastapi import FastAPI

from backend.admission import admitting
from backend.center import Center
from backend.core.events import Fact
from backend.services.processes.console import on_console_close

LAST_REQUESTS = 2  # seconds that open requests get once all services are down
AT_ONCE = 16  # clients accepted in one turn of the loop, between which those too many are hung up on
WAITING = 2048  # clients that may wait to be accepted
CONSOLE_GRACE = 3.0  # seconds for stopping when Windows closes the console and gives five in all


class Server(uvicorn.Server):
    """Signals are ours: streams and services end before the server does."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


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


class Leaving:
    """How the daemon is asked to end: once in good order, a second time without grace."""

    def __init__(self, center: Center) -> None:
        self._center = center
        self.grace_cap: float | None = None

    def ask(self) -> None:
        if self._center.leave.is_set():
            self._center.runs.hurry()
            self._center.supervisor.hurry()
        self._center.leave.set()

    def ask_for_console(self) -> None:
        """The console closes: Windows leaves little time, and the keeper finishes what is not done by then."""
        self.grace_cap = CONSOLE_GRACE
        self.ask()

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        names = ["SIGINT", "SIGTERM", "SIGBREAK" if sys.platform == "win32" else "SIGHUP"]
        numbers = [signal.Signals[name] for name in names]
        before = {number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(self.ask)) for number in numbers}
        try:
            with on_console_close(partial(loop.call_soon_threadsafe, self.ask_for_console)):
                yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


async def serve(
    center: Center, app: FastAPI, listener: socket.socket, on_ready: Callable[[], Awaitable[None]], leaving: Leaving
) -> None:
    """Returns when everything has ended in order: streams, services, the server."""
    app.state.center = center
    server = server_for(app, center.journal.tell)
    with leaving.on_signals():
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        asked = asyncio.ensure_future(center.leave.wait())
        while not server.started and not serving.done():  # noqa: ASYNC110  # the server has no event for it
            await asyncio.sleep(0.001)
        listener.listen(WAITING)  # the server has set it to what it accepts at once
        gc.freeze()  # what was loaded stays: no collection need look at it again, which would take tens of milliseconds
        await on_ready()
        await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        center.closing.set()
        center.journal.tell(Fact("daemon", "daemon.stopping"))
        await center.runs.close(leaving.grace_cap)  # before the services, which they may need to end well
        await center.supervisor.close(leaving.grace_cap)
        server.should_exit = True
        await serving
