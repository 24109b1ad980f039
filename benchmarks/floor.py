"""The least FastAPI and asyncio supervisor that starts, restarts and stops one tool: what this stack allows.

    python -m benchmarks.floor PORT COMMAND…

No definitions, no database, no log rotation, no ports, no guard: only the spawn, the wait and the signal.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress

import uvicorn
from fastapi import FastAPI


class Tool:
    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.process: asyncio.subprocess.Process | None = None
        self.wanted = False
        self.watching: asyncio.Task[None] | None = None

    async def start(self) -> int:
        self.wanted = True
        self.process = await asyncio.create_subprocess_exec(
            *self.command, stdout=asyncio.subprocess.DEVNULL, start_new_session=True
        )
        self.watching = asyncio.create_task(self.watch(self.process))
        return self.process.pid

    async def watch(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        if self.wanted:
            await self.start()

    async def stop(self) -> None:
        self.wanted = False
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        await self.process.wait()


def application(command: list[str]) -> FastAPI:
    app, tool = FastAPI(), Tool(command)

    @app.post("/start")
    async def start() -> dict[str, int]:
        return {"pid": await tool.start()}

    @app.post("/stop")
    async def stop() -> dict[str, str]:
        await tool.stop()
        return {"status": "stopped"}

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/list")
    async def listed() -> list[dict[str, object]]:
        return [{"name": f"s{n}", "state": "running", "pid": n, "restarts": 0} for n in range(100)]

    return app


if __name__ == "__main__":
    uvicorn.run(application(sys.argv[2:]), port=int(sys.argv[1]), log_level="error", loop="asyncio", http="httptools")
