"""From a run to its process, while there is no keeper."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from backend.core.clock import SystemClock
from backend.services.modules.model import Module
from backend.services.processes.runtime import Identity, KeeperAway, LaunchSpec, Runtime, Tree
from backend.services.runs.entry import Entry
from backend.services.runs.folder import RunFolders
from backend.services.runs.happenings import Launched, LaunchFailed, State
from backend.services.runs.launching import Launching
from backend.services.runs.spec import RunSpec

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MODULE = Module(id="m", name="Module", origin="configuration", file=Path("x"), cwd=Path("/"), command=("true",))
SPEC = RunSpec("run_20261121_000000_m_00000001", 1, "m", "Module", NOW)


class Keeper:
    """Goes away while it is asked, as often as `away` says; what it was asked for it may have begun."""

    def __init__(self, away: int, asked: Callable[[], None] = lambda: None) -> None:
        self.launched: list[str] = []
        self._away = away
        self._asked = asked

    async def launch(self, spec: LaunchSpec) -> Tree:
        self.launched.append(spec.id)
        self._asked()
        if len(self.launched) <= self._away:
            raise KeeperAway("It went.")
        return Tree(
            id=spec.id, owner=spec.owner, identity=Identity(42, "1", "b"), log_path=spec.log.path, log_end=0,
            started_at=NOW, lifetime="adopt", label=dict(spec.label),
        )  # fmt: skip


def launching(keeper: Keeper, folder: Path) -> Launching:
    return Launching(
        runtime=cast(Runtime, keeper), clock=SystemClock(), folders=RunFolders(folder), module=lambda _: MODULE,
        private=(), launched=lambda *_: None, dry=False,
    )  # fmt: skip


def entry(**state: Any) -> Entry:
    return Entry(SPEC, State(status="starting", tree="t", **state), module=MODULE, values={})


async def test_a_run_waits_for_a_keeper_and_is_launched_once(tmp_path: Path) -> None:
    keeper = Keeper(away=2)
    launch = launching(keeper, tmp_path)
    waiting = asyncio.ensure_future(launch.launch(entry(), "t"))
    await asyncio.sleep(0.05)
    assert keeper.launched == []
    launch.keeper_there.set()
    [happening] = await asyncio.wait_for(waiting, 10)
    assert isinstance(happening, Launched)
    assert keeper.launched == ["t", "t", "t"]  # one id: it is launched once


async def test_what_was_cancelled_before_there_was_a_keeper_is_never_started(tmp_path: Path) -> None:
    keeper, run = Keeper(away=0), entry()
    launch = launching(keeper, tmp_path)
    waiting = asyncio.ensure_future(launch.launch(run, "t"))
    await asyncio.sleep(0.05)
    run.state = replace(run.state, ending="cancelled")
    launch.keeper_there.set()
    [happening] = await asyncio.wait_for(waiting, 10)
    assert isinstance(happening, LaunchFailed)
    assert keeper.launched == []


async def test_what_may_have_been_started_is_asked_for_until_it_is_known(tmp_path: Path) -> None:
    """A keeper that went while it was asked may hold it: only one that is held can be stopped."""
    run = entry()

    def cancel() -> None:
        run.state = replace(run.state, ending="cancelled")

    keeper = Keeper(away=1, asked=cancel)
    launch = launching(keeper, tmp_path)
    launch.keeper_there.set()
    [happening] = await asyncio.wait_for(launch.launch(run, "t"), 10)
    assert isinstance(happening, Launched)
