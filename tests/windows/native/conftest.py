"""A keeper of its own for each test, and the tools that it holds."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

from backend.core.tasks import open_tasks
from backend.services.processes.keeper_client import KeeperClient, open_keeper
from backend.services.processes.runtime import KeeperLost, LaunchSpec, LogRules, News, Tree, TreeEnded, TreeExited
from keeper.protocol import read_claim

if sys.platform != "win32":
    collect_ignore_glob = ["test_*.py"]

Told = TypeVar("Told", TreeExited, TreeEnded, KeeperLost)
PATIENCE = 15.0


async def until(holds: Callable[[], object], patience: float = PATIENCE) -> None:
    """Waits until the condition holds; fails after `patience` seconds."""
    async with asyncio.timeout(patience):
        while not holds():
            await asyncio.sleep(0.02)


class Bench:
    """A connected client of the keeper of `folder`, and what it was told."""

    def __init__(self, client: KeeperClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.found: tuple[Tree, ...] = ()  # what the keeper held when this client connected
        self.ended: Mapping[int, str] = {}  # what an earlier keeper had left and was ended then
        self._news: asyncio.Queue[News] = asyncio.Queue()
        client.listen(self._news.put_nowait)

    async def next(self, kind: type[Told]) -> Told:
        """The next news of this kind; others are passed over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                news = await self._news.get()
                if isinstance(news, kind):
                    return news

    async def python(self, code: str, name: str = "tool", **choices: Any) -> Tree:
        return await self.run((sys.executable, "-u", "-c", code), name, **choices)

    async def run(
        self,
        argv: tuple[str, ...],
        name: str = "tool",
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        max_size: int = 10_000_000,
        keep: int = 5,
        lifetime: str = "adopt",
        signal: str = "SIGTERM",
        grace: float = 10.0,
        label: Mapping[str, str] | None = None,
    ) -> Tree:
        spec = LaunchSpec(
            id=self.client.tree_prefix + name,
            owner=("service", name),
            argv=argv,
            cwd=str(cwd or self.folder),
            env={**os.environ, **(env or {})},
            log=LogRules(str(self.log(name)), max_size, keep),
            lifetime=lifetime,
            signal=signal,
            grace=grace,
            label=dict(label or {}),
        )
        return await self.client.launch(spec)

    def log(self, name: str = "tool") -> Path:
        return self.folder / f"{name}.log"

    async def says(self, words: str, name: str = "tool") -> None:
        """Waits until the tool's log contains the words."""
        await until(lambda: self.log(name).exists() and words in self.log(name).read_text("utf-8"))


OpenBench = Callable[[], Awaitable[Bench]]


@pytest.fixture
async def open_bench(tmp_path: Path) -> AsyncIterator[OpenBench]:
    """Opens benches on one data folder; at the end the folder's keeper finishes, and all it holds with it."""
    async with AsyncExitStack() as stack:

        async def open_one() -> Bench:
            tasks = await stack.enter_async_context(open_tasks())
            bench = Bench(await stack.enter_async_context(open_keeper(tmp_path, tasks)), tmp_path)
            back = await bench.client.connect()
            bench.found, bench.ended = back.trees, back.ended
            return bench

        yield open_one
    if (keeper := keeper_of(tmp_path)) is not None:
        with suppress(psutil.NoSuchProcess):
            keeper.kill()
            keeper.wait(10)


@pytest.fixture
async def bench(open_bench: OpenBench) -> Bench:
    return await open_bench()


def keeper_of(folder: Path) -> psutil.Process | None:
    """The keeper that holds the folder, unless it has left."""
    pid = read_claim(folder / "keeper.lock").get("pid")
    return psutil.Process(pid) if pid and psutil.pid_exists(pid) else None
