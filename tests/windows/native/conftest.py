"""A keeper of its own for each test, and the tools that it holds."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
import pytest_asyncio

from backend.core.tasks import open_tasks
from backend.services.processes.keeper_client import KeeperClient, open_keeper
from backend.services.processes.runtime import (
    Identity,
    KeeperLost,
    LaunchSpec,
    LogRules,
    News,
    Tree,
    TreeEnded,
    TreeExited,
)
from keeper.protocol import read_claim

if sys.platform != "win32":
    collect_ignore_glob = ["test_*.py"]

Told = TypeVar("Told", TreeExited, TreeEnded, KeeperLost)
PATIENCE = 60.0


async def until(holds: Callable[[], object], patience: float = PATIENCE) -> None:
    """Waits until the condition holds; fails after `patience` seconds."""
    async with asyncio.timeout(patience):
        while not holds():
            await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid)


class Bench:
    """A connected client, a folder for tools and their logs, and what was told of these tools."""

    numbers = itertools.count(1)

    def __init__(self, client: KeeperClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.trees: set[str] = set()
        self.found: tuple[Tree, ...] = ()  # what the keeper held when this client connected
        self.ended: Mapping[int, str] = {}  # what an earlier keeper had left and was ended then
        self._news: asyncio.Queue[News] = asyncio.Queue()
        client.listen(self._news.put_nowait)

    async def next(self, kind: type[Told]) -> Told:
        """The next news of this kind; others are passed over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                news = await self._news.get()
                if isinstance(news, kind) and (isinstance(news, KeeperLost) or news.tree in self.trees):
                    return news

    async def python(self, code: str, name: str = "tool", **choices: Any) -> Tree:
        return await self.run((sys.executable, "-u", "-c", code), name, **choices)

    async def run(
        self, argv: tuple[str, ...], name: str = "tool", *, log: Mapping[str, Any] | None = None, **choices: Any
    ) -> Tree:
        """`log` are its rules, where they are not the usual."""
        rules = LogRules(str(self.log(name)), **(log or {}))
        return await self.client.launch(self._spec(argv, name, rules, **choices))

    async def adopt(self, pid: int, name: str = "tool", *, identity: Identity | None = None, **choices: Any) -> Tree:
        """As the daemon does it."""
        found = identity or await self.client.identify(pid)
        assert found is not None
        spec = self._spec(("adopted",), name, LogRules(str(self.log(name))), **choices)
        return await self.client.adopt(spec, found, datetime.fromtimestamp(psutil.Process(pid).create_time(), UTC))

    def _spec(
        self,
        argv: tuple[str, ...],
        name: str,
        rules: LogRules,
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        **choices: Any,
    ) -> LaunchSpec:
        spec = LaunchSpec(
            id=f"{self.client.tree_prefix}{name}.{next(self.numbers)}",
            owner=("service", name),
            argv=argv,
            cwd=str(cwd or self.folder),
            env={**os.environ, **(env or {})},
            log=rules,
            **choices,
        )
        self.trees.add(spec.id)
        return spec

    async def clear(self) -> None:
        """Nothing of its tools is left behind."""
        living = await self.client.members()
        for tree in self.trees & living.keys():
            await self.client.kill(tree)

    def log(self, name: str = "tool") -> Path:
        return self.folder / f"{name}.log"

    async def says(self, words: str, name: str = "tool") -> None:
        """Waits until the tool's log contains the words."""
        await until(lambda: self.log(name).exists() and words in self.log(name).read_text("utf-8"))


OpenBench = Callable[[], Awaitable[Bench]]


async def open_on(folder: Path, stack: AsyncExitStack) -> Bench:
    """A bench whose keeper holds this very folder."""
    tasks = await stack.enter_async_context(open_tasks())
    bench = Bench(await stack.enter_async_context(open_keeper(folder, tasks)), folder)
    back = await bench.client.connect()
    bench.found, bench.ended = back.trees, back.ended
    bench.trees.update(tree.id for tree in back.trees)
    return bench


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shared_client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KeeperClient]:
    folder = tmp_path_factory.mktemp("shared")
    async with AsyncExitStack() as stack:
        yield (await open_on(folder, stack)).client
    end_keeper(folder)


@pytest_asyncio.fixture(loop_scope="module")
async def bench(shared_client: KeeperClient, tmp_path: Path) -> AsyncIterator[Bench]:
    """On a keeper that all tests of the file share."""
    bench = Bench(shared_client, tmp_path)
    yield bench
    await bench.clear()


@pytest_asyncio.fixture(loop_scope="module")
async def open_bench(tmp_path: Path) -> AsyncIterator[OpenBench]:
    """Opens benches on one data folder of the test's own; at the end its keeper goes, and all it holds with it."""
    async with AsyncExitStack() as stack:
        yield lambda: open_on(tmp_path, stack)
    end_keeper(tmp_path)


def end_keeper(folder: Path) -> None:
    if (keeper := keeper_of(folder)) is not None:
        with suppress(psutil.NoSuchProcess):
            keeper.kill()
            keeper.wait(10)


def keeper_of(folder: Path) -> psutil.Process | None:
    """The keeper that holds the folder, unless it has left."""
    pid = read_claim(folder / "keeper.lock").get("pid")
    return psutil.Process(pid) if pid and psutil.pid_exists(pid) else None
