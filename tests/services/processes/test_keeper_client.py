"""The daemon's side of the keeper: what it is told, and when."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.core.tasks import open_tasks
from backend.services.processes.keeper_client import KeeperClient, open_keeper
from backend.services.processes.runtime import LaunchSpec, LogRules, News, Tree, TreeEnded, TreeExited


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[KeeperClient]:
    async with open_tasks() as tasks, open_keeper(tmp_path, tasks) as client:
        await client.connect()
        yield client


def spec(client: KeeperClient, folder: Path, *argv: str) -> LaunchSpec:
    rules = LogRules(str(folder / "tool.log"))
    return LaunchSpec(client.tree_prefix + "tool", ("service", "tool"), argv, str(folder), {}, rules)


async def test_news_that_came_before_anybody_listened_are_told_to_the_first_who_does(
    client: KeeperClient, tmp_path: Path
) -> None:
    tree = await client.launch(spec(client, tmp_path, sys.executable, "-c", "raise SystemExit(3)"))
    while not all(Tree.from_wire(one).ended for one in await client._ask("trees")):  # told before this answer
        await asyncio.sleep(0.01)
    heard: list[News] = []
    client.listen(heard.append)
    exited, ended = heard
    assert isinstance(exited, TreeExited)
    assert isinstance(ended, TreeEnded)
    assert (exited.tree, exited.exit.code) == (ended.tree, 3) == (tree.id, 3)
    later: list[News] = []
    client.listen(later.append)
    assert later == []
